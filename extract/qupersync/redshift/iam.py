"""Logins: by password, or through IAM with temporary credentials; and what AWS's API knows of the cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ..config.clusters import ClusterConfig
from ..errors import SourceError, first_line
from .quiet_logs import no_debug_logs

RENEW_BEFORE = timedelta(minutes=5)
SESSION_SECONDS = 3600
_LOGGERS = ("boto3", "botocore", "urllib3")  # botocore logs responses whole, temporary passwords included


@dataclass(frozen=True)
class Login:
    """Where and as whom to connect; ``expires`` (aware UTC) None: never."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    expires: Optional[datetime] = None

    def fresh(self, now: datetime) -> bool:
        """Can a connection still be opened with it for a while?"""
        return self.expires is None or now < self.expires - RENEW_BEFORE


class Logins:
    """The login of a cluster, renewed before it expires. Errors: SourceError naming the setting to look at."""

    def __init__(
        self, config: ClusterConfig, clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        self.config, self._clock = config, clock
        self._login: Optional[Login] = None

    def current(self) -> Login:
        """A login that is good for at least some minutes."""
        if self._login is None or not self._login.fresh(self._clock()):
            self._login = self._exchange() if self.config.uses_iam else self._password()
        return self._login

    def node_type(self) -> Optional[str]:
        """The node type according to DescribeClusters; None without IAM, on Serverless, or when it may not be asked."""
        if not self.config.cluster_identifier:
            return None
        try:
            with no_debug_logs(*_LOGGERS):
                found = self._client("redshift").describe_clusters(ClusterIdentifier=self.config.cluster_identifier)
            return str(found["Clusters"][0]["NodeType"])
        except Exception:  # a permission that is only nice to have; the seed table knows most types
            return None

    # -- inside -------------------------------------------------------------------------------------------------

    def _password(self) -> Login:
        config = self.config
        return Login(str(config.host), config.port, config.username or "", config.password or "")

    def _exchange(self) -> Login:
        config = self.config
        try:
            with no_debug_logs(*_LOGGERS):
                if config.workgroup:
                    return self._serverless(config.workgroup)
                return self._provisioned(str(config.cluster_identifier))
        except SourceError:
            raise
        except Exception as error:  # botocore makes its classes at run time
            setting = "workgroup" if config.workgroup else "cluster_identifier"
            raise SourceError(
                f"cluster {config.name!r}: AWS returned no temporary credentials; check {config.setting(setting)}, "
                f".region, .profile and .role_arn: {first_line(error)}"
            ) from None

    def _provisioned(self, identifier: str) -> Login:
        config, client = self.config, self._client("redshift")
        host, port = config.host, config.port
        if not host:
            endpoint = client.describe_clusters(ClusterIdentifier=identifier)["Clusters"][0]["Endpoint"]
            host, port = endpoint["Address"], int(endpoint["Port"])
        if config.username:
            made = client.get_cluster_credentials(
                ClusterIdentifier=identifier, DbUser=config.username, DbName=config.database, AutoCreate=False,
                DurationSeconds=SESSION_SECONDS,
            )  # fmt: skip
        else:
            made = client.get_cluster_credentials_with_iam(
                ClusterIdentifier=identifier, DbName=config.database, DurationSeconds=SESSION_SECONDS
            )
        return Login(host, port, made["DbUser"], made["DbPassword"], _aware(made.get("Expiration")))

    def _serverless(self, workgroup: str) -> Login:
        config, client = self.config, self._client("redshift-serverless")
        host, port = config.host, config.port
        if not host:
            endpoint = client.get_workgroup(workgroupName=workgroup)["workgroup"]["endpoint"]
            host, port = endpoint["address"], int(endpoint["port"])
        made = client.get_credentials(workgroupName=workgroup, dbName=config.database, durationSeconds=SESSION_SECONDS)
        return Login(host, port, made["dbUser"], made["dbPassword"], _aware(made.get("expiration")))

    def _client(self, service: str) -> Any:
        import boto3

        config = self.config
        session = boto3.Session(profile_name=config.profile, region_name=config.region)
        if not config.role_arn:
            return session.client(service)
        assumed = session.client("sts").assume_role(RoleArn=config.role_arn, RoleSessionName="qupersync")["Credentials"]
        return session.client(
            service,
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        )


def _aware(moment: Optional[datetime]) -> Optional[datetime]:
    if moment is None:
        return datetime.now(timezone.utc) + timedelta(seconds=SESSION_SECONDS)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
