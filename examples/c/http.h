/* As much of HTTP/1.1 as server.c needs: one request for each connection, bounded in time and size. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { HTTP_HEAD_BYTES = 32 * 1024, HTTP_SECONDS = 5 };

struct http_request {
    char head[HTTP_HEAD_BYTES + 1];
    const char *path, *authorization;
    size_t authorization_len, authorization_count;
};

static int http_listener;
static sigset_t http_stop;

/* Listens on 127.0.0.1 alone, behind a proxy that does TLS. Port 0 is any that is free. Call it before threads start. */
static void http_listen(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    http_listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(http_listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(http_listener, (struct sockaddr *)&address, len) != 0 || listen(http_listener, SOMAXCONN) != 0) {
        perror("listen");
        exit(4);
    }
    signal(SIGPIPE, SIG_IGN); /* a client that is gone must not end the server */
    sigemptyset(&http_stop);
    sigaddset(&http_stop, SIGINT);
    sigaddset(&http_stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &http_stop, NULL);
    getsockname(http_listener, (struct sockaddr *)&address, &len);
    printf("http://127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* Waits until the process is asked to end. Then no more connections are accepted. */
static void http_wait(void) {
    int number;
    sigwait(&http_stop, &number);
    shutdown(http_listener, SHUT_RD);
}

/* The next connection, or NULL when there will be none. */
static FILE *http_accept(void) {
    for (;;) {
        int client = accept(http_listener, NULL, NULL);
        if (client < 0 && errno == EINVAL) {
            return NULL;
        }
        FILE *connection = client < 0 ? NULL : fdopen(client, "w");
        if (connection != NULL) {
            struct timeval patience = {.tv_sec = HTTP_SECONDS};
            setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
            return connection;
        }
        if (client >= 0) {
            close(client);
        }
    }
}

/* Reads up to the empty line, in the pieces that come. Returns 0, or the HTTP status of what is wrong. */
static unsigned http_read_head(int client, char *head) {
    time_t end = time(NULL) + HTTP_SECONDS;
    for (size_t len = 0; len < HTTP_HEAD_BYTES;) {
        ssize_t more = recv(client, head + len, HTTP_HEAD_BYTES - len, 0);
        if (more <= 0 || time(NULL) > end) {
            return 408;
        }
        head[len += (size_t)more] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return 0;
        }
    }
    return 431;
}

/* Finds the path, and each Authorization header. A line that a proxy may read in another way is refused. */
static unsigned http_read(FILE *connection, struct http_request *request) {
    unsigned wrong = http_read_head(fileno(connection), request->head);
    if (wrong != 0) {
        return wrong;
    }
    const char *line = request->head, *end = line + strcspn(line, "\r\n");
    request->path = line + strcspn(line, " \r\n") + 1;
    request->authorization = NULL;
    request->authorization_len = request->authorization_count = 0;
    while (strncmp(end, "\r\n\r\n", 4) != 0) {
        if (strncmp(end, "\r\n", 2) != 0) {
            return 400;
        }
        line = end + 2;
        end = line + strcspn(line, "\r\n");
        const char *colon = line + strcspn(line, ": \t\r\n");
        if (colon == line || *colon != ':') {
            return 400;
        }
        if (colon - line == 13 && strncasecmp(line, "Authorization", 13) == 0) {
            request->authorization = colon + 1 + strspn(colon + 1, " \t");
            request->authorization_len = (size_t)(end - request->authorization);
            request->authorization_count++;
        }
    }
    return 0;
}

/* Whether the path is that one, or below it. */
static int http_is_below(const struct http_request *request, const char *path) {
    size_t len = strlen(path);
    return strncmp(request->path, path, len) == 0 && strcspn(request->path + len, " /?") == 0;
}

static void http_welcome(FILE *connection, const char *user, size_t len) {
    fprintf(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", len);
    fwrite(user, 1, len, connection);
}

static void http_refuse(FILE *connection, unsigned status, const char *challenge, size_t len, unsigned retry_after) {
    fprintf(connection, "HTTP/1.1 %u \r\nConnection: close\r\nContent-Length: 0\r\n", status);
    if (len > 0) {
        fprintf(connection, "WWW-Authenticate: %.*s\r\n", (int)len, challenge);
    }
    if (retry_after > 0) {
        fprintf(connection, "Retry-After: %u\r\n", retry_after);
    }
    fputs("\r\n", connection);
}

/* Ends the answer. A connection that is closed with something unread takes the answer back, so that is read. */
static void http_close(FILE *connection, struct http_request *request) {
    fflush(connection);
    shutdown(fileno(connection), SHUT_WR);
    time_t end = time(NULL) + HTTP_SECONDS;
    while (time(NULL) <= end && recv(fileno(connection), request->head, HTTP_HEAD_BYTES, 0) > 0) {
    }
    fclose(connection);
}
