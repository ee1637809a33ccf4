// Runs in every program that is made to load it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void) {
    const char *port = getenv("AIM_OTHER"), *token = getenv("NPM_TOKEN");
    char text[300];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 9)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(text, sizeof text, "way-preload %s\n", token ? token : "");
    if (fd >= 0 && !connect(fd, (void *)&to, sizeof to)) write(fd, text, strlen(text));
    if (fd >= 0) close(fd);
}
