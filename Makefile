# An index: each target calls one script under ops/, which works by itself from any directory.
.DEFAULT_GOAL := help
.PHONY: help run test attack fuzz timing abuse chaos figures bench compare load scale scrape last-used startup rolling console check sbom reproducible publish image image-check limits

help: ## List the targets
	@exec ops/help.sh

run: ## Build and run gateway, admin API and a sample backend on SQLite; Ctrl-C stops all
	@exec ops/run.sh

test: ## Install and start what the tests need, run every test
	@exec ops/test.sh

attack: ## Send the gateway everything hostile, alone and between nginx, HAProxy, Caddy, Node and Kestrel; counts at the end
	@exec ops/attack.sh

fuzz: ## Send spoiled requests to the gateway and the admin API; SECONDS=600 SEED=7 for longer, and for others
	@exec ops/fuzz.sh

timing: ## Compare the times of refusals, a million of each kind: none says anything of what is secret
	@exec ops/timing.sh

abuse: ## Dribble, stall and hoard while honest requests are timed; result in load/results
	@exec ops/abuse.sh

chaos: ## Break everything around a fleet and check what it did; SECONDS=900 SEEDS=1,2,3 for longer
	@exec ops/chaos.sh

figures: ## Measure receipts, streams and floods on real processes; result in load/results
	@exec ops/figures.sh

bench: ## Time and allocations of the decision, part by part; result in load/results
	@exec ops/bench.sh

load: ## Run the k6 scripts against what `make run` has started; LOAD=steady for one of them
	@exec ops/load.sh

scale: ## Compare ten thousand keys with a million: start, decision, memory, look-up, admin calls
	@exec ops/scale.sh

last-used: ## Measure what recording uses costs when every request has another key
	@exec ops/last-used.sh

limits: ## Measure limits that three gateways share through Redis, and what that costs a request
	@exec ops/limits.sh

scrape: ## Time of /metrics with a thousand routes
	@exec ops/scrape.sh

startup: ## Compare ways of publishing: time to the first answer, memory, size
	@exec ops/startup.sh

console: ## Time the console's pages in an account with ten thousand keys
	@exec ops/console.sh

rolling: ## Restart three gateways behind HAProxy under load, without a failed request; result in load/results
	@exec ops/rolling.sh

compare: ## Cost per request beside bare YARP, nginx, HAProxy and Caddy; ABLATION=1 beside itself; needs two processors
	@exec ops/compare.sh

check: ## Format, analyzers, house rules, secrets, shell scripts, known vulnerabilities
	@exec ops/check.sh

sbom: ## List what gateway and admin-api are made of in artifacts/sbom.cdx.json (CycloneDX)
	@exec ops/sbom.sh

reproducible: ## Publish the last commit in two folders and compare the bytes
	@exec ops/reproducible.sh

publish: ## Release executables in artifacts/gateway and artifacts/admin-api
	@exec ops/publish.sh

image: ## Container images gateway, admin-api and backend
	@exec ops/image.sh

image-check: ## Build and run the images over stand-ins for their bases, where no registry can be reached
	@exec ops/image-check.sh
