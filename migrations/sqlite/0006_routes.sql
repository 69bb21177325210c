-- migrate:up
-- The routes each gateway serves, as it tells them itself: for people to look at. Nothing is decided by them.
create table gateway_routes (
    incarnation text primary key,
    version text not null,
    file_refused integer not null,
    routes text not null check (length(cast(routes as blob)) <= 524288),
    at integer not null
);

-- What was done, by kind.
create index audit_by_action on audit_entries (action, id);

-- migrate:down
drop index audit_by_action;
drop table gateway_routes;
