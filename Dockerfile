# One file for every process: `--target gateway`, `--target admin-api` (which also migrates: `admin-api migrate`) and, to
# try things with, `--target backend`. The images that run have no shell and no package manager, run as a user without
# rights, and write nowhere but to mounted volumes (--read-only works; `make image-check` does it).
#
# Both bases are arguments: pin them by digest where images are built (SDK_IMAGE=mcr…/sdk:10.0.401-noble@sha256:…), or
# name a mirror of yours. A distroless base must have the ASP.NET Core runtime and a folder /tmp.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0.401-noble
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0.12-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /src
# What a restore reads comes first, so that a change of code does not restore anew.
COPY Directory.Build.props Directory.Packages.props BannedSymbols.txt global.json ./
COPY keys/Gateway.Keys.csproj keys/packages.lock.json keys/
COPY gateway/gateway.csproj gateway/packages.lock.json gateway/
COPY admin-api/admin-api.csproj admin-api/packages.lock.json admin-api/
COPY ops/backend/backend.csproj ops/backend/packages.lock.json ops/backend/
# Compiled ahead of time for the machine the image is built for, which takes a third off the time to the first answer; the
# runtime is the base image's (`make startup`).
ARG PUBLISH="--use-current-runtime -p:PublishReadyToRun=true"
RUN for project in gateway/gateway admin-api/admin-api ops/backend/backend; do \
      dotnet restore $project.csproj ${PUBLISH} || exit; \
    done
COPY .editorconfig ./
COPY migrations migrations
COPY keys keys
COPY gateway gateway
COPY admin-api admin-api
COPY ops/backend ops/backend
RUN for project in gateway/gateway admin-api/admin-api ops/backend/backend; do \
      dotnet publish $project.csproj --no-restore --no-self-contained -c Release -o /out/${project##*/} ${PUBLISH} || exit; \
    done
# The one folder that is written to with SQLite. Made here, since there is no shell below.
RUN mkdir -p /out/data

FROM ${RUNTIME_IMAGE} AS base
# The app user of Microsoft's images.
USER 1654
WORKDIR /app
# The runtime writes a socket for diagnostics into /tmp unless told not to.
ENV DOTNET_EnableDiagnostics=0

FROM base AS store
ENV Store__Provider=sqlite
ENV Store__ConnectionString="Data Source=/data/gateway.db"
COPY --from=build --chown=1654:1654 /out/data /data
VOLUME /data

FROM store AS gateway
COPY --from=build /out/gateway /app
# A container's own loopback interface reaches nobody: here the listeners are open, and what is published is the
# operator's choice. The ops listener stays for the pod's network: do not publish it.
ENV Kestrel__Endpoints__Http__Url=http://0.0.0.0:8080
ENV Ops__Url=http://0.0.0.0:9090
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/app/gateway", "healthcheck"]
ENTRYPOINT ["/app/gateway"]

FROM store AS admin-api
COPY --from=build /out/admin-api /app
ENV Kestrel__Endpoints__Http__Url=http://0.0.0.0:8081
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/app/admin-api", "healthcheck"]
ENTRYPOINT ["/app/admin-api"]

# A stand-in for the product behind the gateway.
FROM base AS backend
COPY --from=build /out/backend /app
ENV Kestrel__Endpoints__Http__Url=http://0.0.0.0:8082
EXPOSE 8082
ENTRYPOINT ["/app/backend"]
