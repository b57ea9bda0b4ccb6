"""The migrate job against a real MariaDB: what each user may do, and what it may not."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import pytest
from compose_setup import migration
from compose_setup.form import Form
from compose_setup.installation import ROOT_PASSWORD_FILE, Installation
from compose_setup.parts import SCHEMAS, Schema
from compose_setup.renewal import Renewable, renew
from compose_setup.server import Server, ServerError, grants_in
from servicekit.config import DatabaseSettings, Mode
from servicekit.database import check_durability, check_migrated, open_engine
from servicekit.testing_mariadb import MariaDBServer
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

REPOSITORY = Path(__file__).resolve().parents[3]
REFUSED = (OperationalError, ProgrammingError)
Open = Callable[..., Engine]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(
        root=tmp_path_factory.mktemp("installation"),
        share=REPOSITORY,
        public_hosts=("localhost",),
        now=dt.datetime.now(dt.UTC),
        give_to=lambda _path, _user, _group: None,
    )
    assert made.prepare() is Form.PRODUCTION
    return made


@pytest.fixture(scope="module")
def server(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose root has the installation's password, as the image's first start sets it."""
    mariadb = MariaDBServer(tmp_path_factory.mktemp("mariadb"))
    mariadb.install()
    mariadb.start()
    passwords = installation.root / "migrate"
    try:
        set_root_password(mariadb.port, (passwords / ROOT_PASSWORD_FILE).read_text().strip())
        yield Server(host="127.0.0.1", port=mariadb.port, passwords=passwords)
    finally:
        mariadb.stop()


def set_root_password(port: int, password: str) -> None:
    with (
        closing(pymysql.connect(host="127.0.0.1", port=port, user="root")) as connection,
        connection.cursor() as cursor,
    ):
        for host in ("localhost", "127.0.0.1"):
            cursor.execute("ALTER USER root@%s IDENTIFIED BY %s", (host, password))


@pytest.fixture(scope="module")
def migrated(server: Server) -> Server:
    lines: list[str] = []
    migration.run(server, SCHEMAS, share=REPOSITORY, say=lines.append)
    assert len(lines) == len(SCHEMAS)
    return server


@pytest.fixture
def open_as(migrated: Server, installation: Installation) -> Iterator[Open]:
    """Opens a schema with the password file that the service itself has."""
    opened: list[Engine] = []

    def make(schema: Schema, database: str | None = None) -> Engine:
        name = database or schema.name
        settings = DatabaseSettings(
            url=f"mysql+pymysql://{schema.user}@127.0.0.1:{migrated.port}/{name}",
            password_file=installation.root / schema.service / "database-password",
        )
        engine = open_engine(settings, mode=Mode.PRODUCTION)
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        engine.dispose()


def schema_of(service: str) -> Schema:
    return next(schema for schema in SCHEMAS if schema.service == service)


def refused(engine: Engine, statement: str) -> str:
    with pytest.raises(REFUSED) as caught, engine.begin() as connection:
        connection.exec_driver_sql(statement)
    return str(caught.value.orig)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_service_finds_its_schema_migrated_and_durable(open_as: Open, schema: Schema):
    engine = open_as(schema)
    check_migrated(engine, schema.script_location)
    check_durability(engine)


def test_a_second_run_changes_nothing_and_succeeds(migrated: Server):
    migration.run(migrated, SCHEMAS, share=REPOSITORY, say=lambda _line: None)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_service_sees_every_table_of_its_schema(migrated: Server, open_as: Open, schema: Schema):
    with migrated.as_root() as root, root.cursor() as cursor:
        cursor.execute(f"SHOW TABLES FROM `{schema.name}`")
        there = {row[0] for row in cursor.fetchall()}
    with open_as(schema).connect() as connection:
        seen = {row[0] for row in connection.exec_driver_sql("SHOW TABLES")}
        for table in seen:
            connection.exec_driver_sql(f"SELECT 1 FROM `{table}` LIMIT 1")  # noqa: S608 - a name from the server
    assert seen == there


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET bank = 'x'",
        "DELETE FROM audit_event",
        "UPDATE chain_check SET problem = 'x'",
        "DELETE FROM chain_head",
        "DROP TABLE audit_event",
        "TRUNCATE TABLE audit_event",
        "ALTER TABLE audit_event ADD COLUMN x INT",
    ],
)
def test_the_audits_own_user_cannot_rewrite_the_log(open_as: Open, statement: str):
    assert "denied" in refused(open_as(schema_of("audit")), statement)


@pytest.mark.parametrize("verb", ["UPDATE journal SET act = 'x'", "DELETE FROM journal"])
def test_the_signers_own_user_cannot_rewrite_its_journal(open_as: Open, verb: str):
    assert "denied" in refused(open_as(schema_of("signer")), verb)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_services_user_makes_no_table(open_as: Open, schema: Schema):
    assert "denied" in refused(open_as(schema), "CREATE TABLE mine (x INT)")


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_services_user_does_not_enter_another_schema(open_as: Open, schema: Schema):
    other = next(one for one in SCHEMAS if one is not schema)
    assert "denied" in refused(open_as(schema, other.name), "SELECT 1")


def test_an_underscore_in_a_schemas_name_opens_no_other_schema(migrated: Server, open_as: Open):
    with migrated.as_root() as root, root.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS bankXadapter")
    engine = open_as(schema_of("bank-adapter"), "bankXadapter")
    assert "denied" in refused(engine, "SELECT 1")


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_grants_file_names_its_own_users_only(schema: Schema):
    statements = grants_in((REPOSITORY / schema.grants_file).read_text())
    users = {statement.rpartition(" TO ")[2] for statement in statements}
    assert users == {f"'{schema.user}'@'%'", f"'{schema.migration_user}'@'%'"}


def test_a_renewed_password_lets_the_service_in_after_the_next_run(
    migrated: Server, installation: Installation, open_as: Open
):
    renew(installation, "auth", Renewable.DATABASE_PASSWORD)
    auth = schema_of("auth")
    assert "denied" in refused(open_as(auth), "SELECT 1")
    migration.run(migrated, [auth], share=REPOSITORY, say=lambda _line: None)
    with open_as(auth).connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_server_that_never_answers_is_named(installation: Installation):
    nobody = Server(host="127.0.0.1", port=1, passwords=installation.root / "migrate")
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:1"), nobody.as_root(wait_s=0.0):
        pass
