# The gateway in a small image: built on Debian 12, run on Debian 12 with the libraries it links.
#
#   docker build -t junctor .
#   docker run --rm -p 127.0.0.1:8080:8080 -v "$PWD/junctor.yaml:/etc/junctor/junctor.yaml:ro" junctor

FROM debian:12-slim AS build
WORKDIR /src
COPY . .
RUN ./dev setup build && ./dev build release && cmake --install build/release --prefix /usr --strip

FROM debian:12-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
      ca-certificates libc-ares2 libfmt9 libidn2-0 libre2-9 libsimdjson14 libssl3 libstdc++6 libyaml-cpp0.7 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/bin/junctor /usr/bin/junctor
USER 65534:65534
EXPOSE 8080
# TERM drains; docker waits 10 seconds, unless told to wait longer with --stop-timeout.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/junctor"]
CMD ["serve", "--config", "/etc/junctor/junctor.yaml"]
