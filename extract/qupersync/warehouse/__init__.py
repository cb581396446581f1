"""The warehouse: one class a type behind the interface of :class:`qupersync.warehouse.base.Warehouse`."""
