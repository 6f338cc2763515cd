# One image for every process of Gridcase; the service is the argument:
#   docker build -t gridcase .
#   docker run gridcase gateway
#   docker run gridcase cli rebuild dispatch
# A release pins its base: --build-arg NODE_IMAGE=node:20-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:20-bookworm-slim

# The manifests alone: what is installed changes only with them, not with every line of code.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find apps libs -mindepth 2 -maxdepth 2 ! -name package.json -exec rm -rf {} + \
 && find . -mindepth 1 -maxdepth 1 ! -name apps ! -name libs ! -name package.json ! -name package-lock.json ! -name .npmrc -exec rm -rf {} +

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci --no-progress
COPY . .
RUN npm run build \
 && find apps libs -path '*/dist/*' ! -name '*.js' ! -name '*.json' -type f -delete \
 && rm -rf libs/testing/dist && find apps libs -name .tsbuildinfo -delete \
 && find apps libs -mindepth 2 -maxdepth 2 ! -name package.json ! -name dist ! -name demo-data -exec rm -rf {} +

# What runs: no compiler, no test tools, no embedded PostgreSQL (optional packages; a cluster brings its own).
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci --no-progress --omit=dev --omit=optional && rm -rf /root/.npm

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Gridcase" \
      org.opencontainers.image.description="Case system for city grid management (网格化管理)" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production HEALTH_PORT=9090
RUN groupadd --gid 10001 gridcase && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gridcase \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/gridcase /var/lib/gridcase/evidence /var/lib/gridcase/keys
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/apps ./apps
COPY --from=build /app/libs ./libs
COPY policies ./policies
COPY proto ./proto
COPY tools/container ./tools/container
# By number, so that Kubernetes can tell that it is not root. The root file system may be read-only: only /var/lib/gridcase (the gateway's files) and /tmp are written to.
USER 10001:10001
VOLUME /var/lib/gridcase
# node is process 1 and handles SIGTERM itself: calls in hand are answered, then it ends with code 0.
ENTRYPOINT ["node", "/app/tools/container/run.cjs"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/tools/container/health.cjs", "live"]
