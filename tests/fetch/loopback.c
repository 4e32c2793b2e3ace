#define _GNU_SOURCE
#include "fetch/loopback.h"

#include "support/cmocka.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_all(int to, const void *bytes, int64_t size) {
    const char *from = bytes;
    for (ssize_t sent; size > 0 && (sent = send(to, from, (size_t)size, MSG_NOSIGNAL)) > 0; size -= sent)
        from += sent;
}

static void send_text(int to, const char *text) {
    send_all(to, text, (int64_t)strlen(text));
}

static void send_head(int to, const loopback *server, int64_t from, int64_t more, const char *status) {
    char head[256];
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %lld\r\n", status,
             (long long)(server->size - from + more));
    send_text(to, head);
    if (from > 0) {
        snprintf(head, sizeof head, "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)from,
                 (long long)server->size - 1, (long long)server->size);
        send_text(to, head);
    }
    send_text(to, "Connection: close\r\n\r\n");
}

static void give(int to, const loopback *server, int64_t from, int64_t until) {
    send_head(to, server, from, 0, from > 0 ? "206 Partial Content" : "200 OK");
    send_all(to, server->bytes + from, until - from);
}

static void give_others(int to, const loopback *server) {
    send_head(to, server, 0, 0, "200 OK");
    for (int64_t i = 0; i < server->size; i++)
        send_all(to, &(uint8_t){(uint8_t)(server->bytes[i] + 1)}, 1);
}

static void wait_for_the_end(int from) {
    char byte;
    while (recv(from, &byte, 1, 0) > 0)
        ;
}

static void answer(int to, const loopback *server, const char *how) {
    if (!strcmp(how, "whole"))
        give(to, server, server->last_from, server->size);
    else if (!strcmp(how, "plain"))
        give(to, server, 0, server->size);
    else if (!strcmp(how, "cut"))
        give(to, server, server->last_from, server->size / 2);
    else if (!strcmp(how, "other"))
        give_others(to, server);
    else if (!strcmp(how, "long")) {
        send_head(to, server, 0, 1, "200 OK");
        send_all(to, server->bytes, server->size);
        send_text(to, "x");
    } else if (!strcmp(how, "moved"))
        send_text(
            to,
            "HTTP/1.1 302 Found\r\nLocation: /whole/file\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    else if (!strcmp(how, "silent")) {
        give(to, server, 0, server->size / 2);
        wait_for_the_end(to);
    } else
        send_text(to, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/* One request: its head ends with an empty line. */
static void serve(int client, loopback *server) {
    char head[4096] = {0}, how[16] = {0};
    size_t length = 0;
    while (!strstr(head, "\r\n\r\n") && length < sizeof head - 1) {
        const ssize_t count = recv(client, head + length, sizeof head - 1 - length, 0);
        if (count <= 0)
            return;
        length += (size_t)count;
    }
    const char *range = strcasestr(head, "range: bytes=");
    server->requests++;
    server->last_from = range ? strtoll(range + strlen("range: bytes="), NULL, 10) : 0;
    sscanf(head, "GET /%15[^/]/", how);
    answer(client, server, how);
}

static void *run(void *argument) {
    loopback *server = argument;
    for (int client; (client = accept(server->listener, NULL, NULL)) >= 0; close(client)) {
        serve(client, server);
        shutdown(client, SHUT_WR);
    }
    return NULL;
}

void loopback_start(loopback *server, const void *bytes, int64_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *server = (loopback){.bytes = bytes, .size = size, .listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
}

void loopback_stop(loopback *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

const char *loopback_address(const loopback *server, const char *how, char address[64]) {
    snprintf(address, 64, "http://127.0.0.1:%d/%s/", server->port, how);
    return address;
}
