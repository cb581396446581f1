"""How a cluster is read: login, protocol, rows as Arrow, and which system views it has."""
