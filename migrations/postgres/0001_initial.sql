-- migrate:up
create table accounts (
    id text primary key,
    name text not null,
    api_keys_enabled boolean not null,
    suspended_at timestamptz,
    max_active_keys integer,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table api_keys (
    id text primary key,
    account_id text not null references accounts (id),
    name text not null,
    description text,
    key_prefix text not null,
    key_hash bytea not null unique,
    pepper_id text,
    environment text not null,
    role text,
    permissions text,
    wallet_scope text not null,
    wallet_bindings text not null,
    signing_wallet_id text,
    allowed_ips text,
    rate_requests integer,
    rate_window_seconds integer,
    expires_at timestamptz,
    line_id text not null,
    rotated_from text,
    rotated_to text,
    rotation_deadline timestamptz,
    disabled_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    revoked_change bigint,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null
);
create index api_keys_by_account on api_keys (account_id, id);
create index api_keys_by_prefix on api_keys (key_prefix);
create index api_keys_by_creator on api_keys (created_by);
create index api_keys_by_line on api_keys (line_id);

create table wallets (
    account_id text not null references accounts (id),
    id text not null,
    kind text not null,
    label text,
    created_at timestamptz not null,
    proven_at timestamptz,
    primary key (account_id, id)
);
create index wallets_by_id on wallets (id);
create unique index wallets_external on wallets (id) where kind = 'external';

create table wallet_challenges (
    nonce text primary key,
    account_id text not null references accounts (id),
    address text not null,
    message text not null,
    expires_at timestamptz not null
);

create table people (
    id text primary key,
    account_id text not null references accounts (id),
    email text not null,
    role text not null,
    issuer text,
    subject text,
    created_at timestamptz not null,
    unique (account_id, email),
    unique (account_id, issuer, subject)
);

create table operators (
    id text primary key,
    name text not null unique,
    token_hash bytea not null unique,
    created_at timestamptz not null
);

create table audit_entries (
    id text primary key,
    at timestamptz not null,
    actor_type text not null,
    actor_id text not null,
    actor_name text not null,
    action text not null,
    account_id text,
    key_id text,
    ip text,
    request_id text,
    before text,
    after text
);
create index audit_by_account on audit_entries (account_id, id);
create index audit_by_key on audit_entries (key_id, id);
create index audit_by_actor on audit_entries (actor_id, id);
create index audit_by_time on audit_entries (at);

create table idempotency (
    actor_id text not null,
    route text not null,
    idempotency_key text not null,
    request_hash bytea not null,
    status integer,
    body text,
    created_at timestamptz not null,
    primary key (actor_id, route, idempotency_key)
);
create index idempotency_by_time on idempotency (created_at);

-- The change feed. Numbers are gapless and in commit order: each comes from the counter row, which is locked last.
create table change_counter (
    id integer primary key check (id = 1),
    head bigint not null
);
insert into change_counter (id, head) values (1, 0);

create table changes (
    number bigint primary key,
    id text not null,
    kind text not null,
    key_id text,
    key_hash bytea,
    account_id text,
    at timestamptz not null
);
create index changes_by_time on changes (at);

-- One row per process incarnation. `owner` lets a role of its own write its own row only (ops/postgres-roles.sql).
create table gateways (
    incarnation text primary key,
    instance_id text not null,
    version text not null,
    settings_hash text not null,
    state text not null,
    applied bigint not null,
    renewals bigint not null,
    lease_ms bigint not null,
    max_staleness_ms bigint not null,
    started_at timestamptz not null,
    renewed_at timestamptz not null,
    owner text not null default current_user
);

-- Settings that must be alike everywhere, of processes that have no row above: a mismatch shows in /readyz.
create table published_settings (
    kind text primary key,
    settings_hash text not null,
    at timestamptz not null
);

create table acknowledgements (
    change_number bigint not null,
    incarnation text not null,
    applied_after_ms bigint not null,
    streams_closed integer not null,
    primary key (change_number, incarnation)
);

-- Apart from api_keys, without a foreign key: a flush never locks a key.
create table last_used (
    key_id text primary key,
    at timestamptz not null
);

create table usage_hourly (
    key_id text not null,
    hour timestamptz not null,
    outcome text not null,
    requests bigint not null,
    primary key (key_id, hour, outcome)
);
create index usage_by_hour on usage_hourly (hour);

create table usage_batches (
    id text primary key,
    at timestamptz not null
);

-- What each applied migration's file was; schema_migrations is dbmate's and has no room for it.
create table schema_checksums (
    version text primary key,
    checksum text not null,
    at timestamptz not null
);

-- migrate:down
drop table schema_checksums;
drop table usage_batches;
drop table usage_hourly;
drop table last_used;
drop table acknowledgements;
drop table published_settings;
drop table gateways;
drop table changes;
drop table change_counter;
drop table idempotency;
drop table audit_entries;
drop table operators;
drop table people;
drop table wallet_challenges;
drop table wallets;
drop table api_keys;
drop table accounts;
