/* Loads the library, verifies, unloads it, and ends the thread that did, as often as argv[3] says: nothing crashes, and
 * nothing grows. */
#define _GNU_SOURCE
#include "loaded.h"
#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>

enum { WARM_UP = 50, GROWTH_KILOBYTES = 1024 };

struct work {
    const char *folder, *library;
    /* Where somebody else unloads: that the thread has verified, and that it may end. */
    sem_t *verified, *unloaded;
    void *handle;
};

static void use(const struct loaded *library, const char *folder) {
    struct doorward_verifier *verifier = open_by(library, folder, "fetched.json");
    struct doorward_verdict *verdict = verdict_by(library);
    accept_by(library, folder, verifier, verdict);
    library->verifier_free(verifier);
    library->verdict_free(verdict);
}

static void *load_and_unload(void *argument) {
    struct work *work = argument;
    struct loaded library = loaded(dlopen(work->library, RTLD_NOW | RTLD_LOCAL));
    use(&library, work->folder);
    CHECK(dlclose(library.handle) == 0);
    return NULL;
}

/* Ends after the library is gone, with whatever the library left in the thread. */
static void *use_only(void *argument) {
    struct work *work = argument;
    struct loaded library = loaded(work->handle);
    use(&library, work->folder);
    CHECK(sem_post(work->verified) == 0);
    CHECK(sem_wait(work->unloaded) == 0);
    return NULL;
}

static void in_thread(struct work *work) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, load_and_unload, work) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void beside_thread(struct work *work) {
    pthread_t thread;
    work->handle = dlopen(work->library, RTLD_NOW | RTLD_LOCAL);
    CHECK(pthread_create(&thread, NULL, use_only, work) == 0);
    CHECK(sem_wait(work->verified) == 0);
    CHECK(dlclose(work->handle) == 0);
    CHECK(sem_post(work->unloaded) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Nothing is left of the thread, so nothing holds the library any more. */
static void after_thread(struct work *work) {
    pthread_t thread;
    work->handle = dlopen(work->library, RTLD_NOW | RTLD_LOCAL);
    CHECK(pthread_create(&thread, NULL, use_only, work) == 0);
    CHECK(sem_wait(work->verified) == 0);
    CHECK(sem_post(work->unloaded) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(dlclose(work->handle) == 0);
}

/* A verifier whose library was closed, and opened again: its background thread had no ground to lose. */
static void beside_verifier(const struct work *work) {
    struct loaded library = loaded(dlopen(work->library, RTLD_NOW | RTLD_LOCAL));
    struct doorward_verifier *verifier = open_by(&library, work->folder, "slow.json");
    struct doorward_verdict *verdict = verdict_by(&library);
    struct file *value = read_file(work->folder, "fetched.token");
    struct doorward_request request = request_of("workflow-rest", value);
    CHECK_STATUS(DOORWARD_PENDING, library.verifier_verify(verifier, &request, verdict));
    CHECK(dlclose(library.handle) == 0);
    library = loaded(dlopen(work->library, RTLD_NOW | RTLD_LOCAL));
    accept_by(&library, work->folder, verifier, verdict);
    library.verifier_free(verifier);
    library.verdict_free(verdict);
    CHECK(dlclose(library.handle) == 0);
    free(value);
}

static long status_of(const char *name) {
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = atol(line + strlen(name));
        }
    }
    fclose(file);
    CHECK(value > 0);
    return value;
}

static long descriptors(void) {
    long count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder != NULL);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* A thread that was joined is gone for the kernel a moment later. */
static void check_threads(void) {
    for (int wait = 0; wait < 1000 && status_of("Threads:") != 1; wait++) {
        struct timespec millisecond = {0, 1000000};
        nanosleep(&millisecond, NULL);
    }
    CHECK(status_of("Threads:") == 1);
}

int main(int argc, char **argv) {
    CHECK(argc > 3);
    sem_t verified, unloaded;
    CHECK(sem_init(&verified, 0, 0) == 0 && sem_init(&unloaded, 0, 0) == 0);
    struct work work = {argv[1], argv[2], &verified, &unloaded, NULL};
    long memory = 0, open = 0;
    for (int time = 0; time < WARM_UP + atoi(argv[3]); time++) {
        if (time == WARM_UP) {
            memory = status_of("VmRSS:");
            open = descriptors();
        }
        switch (time % 3) {
        case 0:
            in_thread(&work);
            break;
        case 1:
            beside_thread(&work);
            break;
        default:
            after_thread(&work);
        }
    }
    beside_verifier(&work);
    check_threads();
    CHECK(descriptors() == open);
    long grown = status_of("VmRSS:") - memory;
    if (grown > GROWTH_KILOBYTES) {
        fprintf(stderr, "grown by %ld KiB\n", grown);
        return 1;
    }
    return 0;
}
