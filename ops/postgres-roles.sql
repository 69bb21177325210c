-- Who may do what in the database of a fleet. Run it as the owner of the tables (who also runs 'admin-api migrate'),
-- after the first migration and after every upgrade; running it again changes nothing else:
--
--   psql "$OWNER_CONNECTION" -v ON_ERROR_STOP=1 -1 -f ops/postgres-roles.sql
--
-- It makes two roles that cannot log in. Each process gets a login of its own in one of them:
--
--   create role gateway_1 login password '…' in role gateway_data_plane;
--   create role admin_1 login password '…' in role gateway_control_plane;
--
-- A gateway stands in the line of fire. With its password an attacker can read keys' hashes and spoil usage figures, but
-- cannot make, change or revive a key, answer for another gateway, read who the operators are or touch the audit log.
-- Give every gateway its own login: what tells two gateways apart here is the name they log in with.

do $$
begin
  if not exists (select from pg_roles where rolname = 'gateway_data_plane') then
    create role gateway_data_plane nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'gateway_control_plane') then
    create role gateway_control_plane nologin;
  end if;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to gateway_data_plane, gateway_control_plane', current_database());
end
$$;

-- Start from nothing, so that what this script once granted and no longer names is gone.
revoke create on schema public from public;
revoke all on all tables in schema public from public, gateway_data_plane, gateway_control_plane;
grant usage on schema public to gateway_data_plane, gateway_control_plane;

-- The admin API: every row of every table, but not the tables themselves.
grant select, insert, update, delete on all tables in schema public to gateway_control_plane;
revoke insert, update, delete on schema_migrations, schema_checksums from gateway_control_plane;

-- A gateway reads what it judges by …
grant select on api_keys, changes, change_counter, published_settings, open_gateways to gateway_data_plane;
grant select on schema_migrations, schema_checksums to gateway_data_plane;
grant select (id, suspended_at) on accounts to gateway_data_plane;

-- … and writes its own row, what it has applied, and what was used.
grant select, insert on gateways to gateway_data_plane;
grant update (state, applied, renewals, lease_ms, max_staleness_ms, renewed_at) on gateways to gateway_data_plane;
grant insert on acknowledgements, usage_batches to gateway_data_plane;
grant select, insert on gateway_routes to gateway_data_plane;
grant update (version, file_refused, routes, at) on gateway_routes to gateway_data_plane;
grant select, insert, update on last_used, usage_hourly to gateway_data_plane;

alter table gateways enable row level security;
drop policy if exists gateways_own on gateways;
create policy gateways_own on gateways to gateway_data_plane
  using (owner = current_user) with check (owner = current_user);
drop policy if exists gateways_all on gateways;
create policy gateways_all on gateways to gateway_control_plane using (true) with check (true);

-- The policy above lets the inner select see the gateway's own incarnations only.
alter table acknowledgements enable row level security;
drop policy if exists acknowledgements_own on acknowledgements;
create policy acknowledgements_own on acknowledgements for insert to gateway_data_plane
  with check (exists (select from gateways g where g.incarnation = acknowledgements.incarnation));
drop policy if exists acknowledgements_all on acknowledgements;
create policy acknowledgements_all on acknowledgements to gateway_control_plane using (true) with check (true);

-- What it serves, under its own incarnations only.
alter table gateway_routes enable row level security;
drop policy if exists gateway_routes_own on gateway_routes;
create policy gateway_routes_own on gateway_routes to gateway_data_plane
  using (exists (select from gateways g where g.incarnation = gateway_routes.incarnation))
  with check (exists (select from gateways g where g.incarnation = gateway_routes.incarnation));
drop policy if exists gateway_routes_all on gateway_routes;
create policy gateway_routes_all on gateway_routes to gateway_control_plane using (true) with check (true);
