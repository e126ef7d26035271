# The operator image, for people with Docker: docker build -t docker.io/kea-operator/operator:0.1.0 .
# test/cluster makes the same one without Docker.
FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY build.ts tsconfig.json ./
COPY src src
RUN npm run -s build

FROM debian:trixie-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends libstdc++6 ca-certificates tzdata \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10068 --no-create-home --home-dir /app --shell /usr/sbin/nologin --user-group kea-operator
COPY --from=build /src/node_modules/node-linux-*/bin/node /usr/local/bin/node
COPY --from=build /src/dist/kea-operator.js /src/dist/kea-operator.js.LEGAL.txt /app/
RUN echo '{"type":"module"}' >/app/package.json

USER 10068:10068
WORKDIR /app
# Threads that read files and resolve names would each keep memory of their own.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
# A small young generation: the operator keeps many objects, and V8 would let it grow to twice the memory.
# Without the next one V8 soon makes leases and parsed answers among the old objects from the start, as many were at work when it collected: collecting these
# takes half of the processor's time, for ever after.
# The old one has 60% of the container's memory limit: what the program is made of takes 70 MB beside it, and answers under way some more.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "--no-allocation-site-pretenuring", "--max-old-space-size-percentage=60", "/app/kea-operator.js"]
