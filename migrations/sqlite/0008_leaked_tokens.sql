-- migrate:up
-- Tokens of operators that others know; never the token. They are refused for as long as they stand here: also the one of
-- Admin:OperatorToken, which is a setting and cannot be deleted. Before going back, change that if it is among them.
create table leaked_tokens (
    token_hash blob primary key,
    operator_id text not null,
    at integer not null
);

-- migrate:down
drop table leaked_tokens;
