-- migrate:up
-- When each gateway has renewed, and not whose it is: for gateways to know how many they are. In Postgres the view is read
-- with its owner's rights, because a gateway may see no other gateway's row.
create view open_gateways as select renewed_at from gateways where state <> 'closed';

-- migrate:down
drop view open_gateways;
