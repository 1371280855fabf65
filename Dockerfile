# Two images: `connect` (Kafka Connect with Debezium) and `app` (every app and the CLI; the command says which).

FROM maven:3.9-eclipse-temurin-17 AS plugins
WORKDIR /build
COPY libs/platform/stack/jars/ ./
RUN mvn --batch-mode --no-transfer-progress dependency:copy -DoutputDirectory=/build/archives \
  && sha256=$(grep --only-matching --extended-regexp '^[0-9a-f]{64}  .*/debezium-connector-postgres-.*[.]tar[.]gz$' checksums.sha256 | sed 's#  .*/#  #') \
  && cd archives \
  && echo "$sha256" | sha256sum --check --strict \
  && mkdir /plugins \
  && tar --extract --gzip --file debezium-connector-postgres-*-plugin.tar.gz --directory /plugins

FROM apache/kafka:4.3.1 AS connect
COPY --from=plugins /plugins /opt/kafka/plugins
CMD ["/opt/kafka/bin/connect-distributed.sh", "/etc/kafka/connect.properties"]

FROM node:24.21.0-slim AS app
WORKDIR /millrace
COPY package.json package-lock.json .npmrc ./
COPY apps apps
COPY libs libs
RUN npm ci --omit=dev
COPY schemas schemas
COPY connectors connectors
# A volume mounted here starts with this owner.
RUN mkdir /var/lib/millrace && chown node:node /var/lib/millrace
USER node
CMD ["node", "apps/cli/src/main.ts", "--help"]
