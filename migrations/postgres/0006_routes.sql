-- migrate:up
-- The routes each gateway serves, as it tells them itself: for people to look at. Nothing is decided by them.
create table gateway_routes (
    incarnation text primary key,
    version text not null,
    file_refused boolean not null,
    routes text not null check (octet_length(routes) <= 524288),
    at timestamptz not null
);

-- What was done, by kind.
create index audit_by_action on audit_entries (action, id);

-- migrate:down
drop index audit_by_action;
drop table gateway_routes;
