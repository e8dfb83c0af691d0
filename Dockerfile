# syntax=docker/dockerfile:1
# One image for every process: `serve` by default, `ingest` and the rest by their name.
#   docker build -t tidemark .        docker run --rm tidemark --help

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN node build.mjs
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Tidemark" \
      org.opencontainers.image.description="Live analytics that can be proved: exact, durable, sub-second numbers over Kafka events" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# Inside a container 127.0.0.1 reaches nobody. To whom the port is published is decided outside: on loopback, as compose.yaml
# does, or TIDEMARK_OPEN=1 says that the network is trusted. Without that word serve refuses to start.
ENV NODE_ENV=production TIDEMARK_HOST=0.0.0.0 TIDEMARK_METRICS_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 4400 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "dist/cli/main.js", "health", "--live"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
