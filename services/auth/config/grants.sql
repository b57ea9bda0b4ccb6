-- What auth's database users may do, for MySQL 8 and MariaDB.
--
-- The schema is called `auth`, the user of the running service `auth`, the user
-- of migrations `auth_migrate`. Compose's migrate job runs this file with
-- passwords of its own; by hand, replace both and run it as an administrator
-- after `python -m auth migrate`.

CREATE USER IF NOT EXISTS 'auth'@'%' IDENTIFIED BY 'replace-me';
CREATE USER IF NOT EXISTS 'auth_migrate'@'%' IDENTIFIED BY 'replace-me-too';

-- Rows, never tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.* TO 'auth'@'%';

-- Migrations: used by hand or by the migrate job, never by the service.
GRANT ALL PRIVILEGES ON auth.* TO 'auth_migrate'@'%';
