/* Sequences of calls, with arguments that are good, wrong, and hostile. What holds after each of them: nothing is accepted
 * that went wrong, a verdict reads what its last call returned, an identity is there only with DOORWARD_OK, and nothing is
 * written where the caller has no room.
 *
 * argv: the folder, the first seed, how many seeds, how many calls for each. As a fuzzer, with FUZZ defined, it gets its
 * folder by the environment. */
#include "draw.h"

enum { SLOTS = 3 };

static struct host host;
static struct file *small;

/* Which thousands of status codes came: a generator that only ever makes mistakes tests nothing. */
static unsigned blocks;

/* Whose objects come and go. */
struct world {
    struct source source;
    struct doorward_verifier *verifiers[SLOTS];
    struct doorward_verdict *verdicts[SLOTS];
    /* What each verdict has to read. */
    doorward_status expected[SLOTS];
};

/* A pointer, and whether it is what it has to be. */
struct handle {
    void *pointer;
    int good;
};

/* A good one at `slot`, mostly; else NULL, a misaligned pointer, another kind of object, or what was never one. */
static struct handle draw_handle(struct world *world, void *good, void *other) {
    static uint64_t nothing[32];
    const struct handle handle = {good, good != NULL};
    const struct handle wrong[] = {{NULL, 0}, {misaligned(nothing), 0}, {other, 0}, {nothing, 0}};
    return draw(&world->source, 8) == 0 ? wrong[draw(&world->source, 4)] : handle;
}

static struct handle draw_verifier(struct world *world) {
    return draw_handle(world, world->verifiers[draw(&world->source, SLOTS)], world->verdicts[0]);
}

static struct handle draw_verdict(struct world *world, size_t slot) {
    return draw_handle(world, world->verdicts[slot], world->verifiers[0]);
}

/* A call that got something wrong says so, and no call panics. */
static void check_call(doorward_status status, int good) {
    CHECK(status != DOORWARD_INTERNAL_PANIC);
    CHECK(good || (status >= 1000 && status < 2000));
    CHECK(doorward_status_name(status).len > 0);
    blocks |= 1u << (status / 1000);
}

static void check_verdict(const struct doorward_verdict *verdict, doorward_status expected) {
    int is_ok = expected == DOORWARD_OK, is_denied = !is_ok && expected != DOORWARD_PENDING;
    CHECK_STATUS(expected, doorward_verdict_status(verdict));
    CHECK((doorward_verdict_subject(verdict).len > 0) == is_ok);
    CHECK((doorward_verdict_qualified_name(verdict).len > 0) == is_ok);
    CHECK((doorward_verdict_issuer(verdict).len > 0) == is_ok);
    CHECK((doorward_verdict_expires_at(verdict) > 0) == is_ok);
    CHECK(is_ok || (doorward_verdict_role_count(verdict) == 0 && doorward_verdict_role(verdict, 0).len == 0));
    CHECK(is_ok || doorward_verdict_claim(verdict, bytes("sub"), 3).len == 0);
    CHECK(doorward_verdict_http(verdict) >= 400);
    CHECK(is_denied || doorward_verdict_challenge(verdict).len == 0);
}

static void new_one(struct world *world) {
    size_t slot = draw(&world->source, SLOTS);
    struct doorward_verdict *room[2] = {NULL, NULL};
    if (draw(&world->source, 8) == 0) {
        CHECK_STATUS(DOORWARD_NULL_ARGUMENT, doorward_verdict_new(NULL));
        CHECK_STATUS(DOORWARD_ARGUMENT_INVALID, doorward_verdict_new(misaligned(room)));
    } else if (world->verdicts[slot] == NULL) {
        CHECK_STATUS(DOORWARD_OK, doorward_verdict_new(&world->verdicts[slot]));
        world->expected[slot] = DOORWARD_CREDENTIALS_MISSING;
    }
}

static void free_verdict(struct world *world) {
    size_t slot = draw(&world->source, SLOTS);
    struct handle verdict = draw_verdict(world, slot);
    doorward_verdict_free(verdict.pointer);
    if (verdict.good) {
        world->verdicts[slot] = NULL;
    }
}

static void free_verifier(struct world *world) {
    size_t slot = draw(&world->source, SLOTS);
    struct handle verifier = draw_handle(world, world->verifiers[slot], world->verdicts[0]);
    doorward_verifier_free(verifier.pointer);
    if (verifier.good) {
        world->verifiers[slot] = NULL;
    }
}

static struct text draw_configuration(struct world *world) {
    /* Only the small one is changed: its keys are not fetched, from wherever. */
    if (draw(&world->source, 6) == 0) {
        return copy_of(host.configuration->data, host.configuration->len);
    }
    return draw_text(&world->source, small->data, small->len);
}

static struct text draw_path(struct world *world) {
    static const char *const others[] = {"", "/", "/nowhere", "/dev/null"};
    return draw(&world->source, 2) == 0 ? copy_of(small->path, strlen(small->path))
                                        : draw_word(&world->source, others, 4);
}

/* An error is cut where there is no room, not within a character, and ends with a NUL; without an error it is empty. */
static void check_error(struct buffer *error, doorward_status status) {
    CHECK(status != DOORWARD_OK || error->needed == 0);
    if (error->capacity == 0) {
        check_and_free(error, 0);
        return;
    }
    const char *end = memchr(error->data, 0, error->capacity);
    CHECK(end != NULL);
    size_t len = (size_t)(end - error->data);
    CHECK(len == error->needed || (len < error->needed && len + 4 >= error->capacity));
    check_and_free(error, len + 1);
}

static void open_one(struct world *world, int by_file) {
    size_t slot = draw(&world->source, SLOTS), wrong = draw(&world->source, 16);
    struct text text = by_file ? draw_path(world) : draw_configuration(world);
    struct buffer error = draw_buffer(&world->source);
    struct doorward_verifier *opened = (struct doorward_verifier *)(void *)&error, **out = wrong == 0 ? NULL : &opened;
    uint32_t flags = wrong == 1 ? (uint32_t)draw(&world->source, 65536) : (uint32_t)draw(&world->source, 2);
    doorward_status status =
        by_file ? doorward_verifier_open_file(text.data, text.len, flags, out, error.data, error.capacity, &error.needed)
                : doorward_verifier_open(text.data, text.len, NULL, 0, flags, out, error.data, error.capacity,
                                         &error.needed);
    check_call(status, out != NULL);
    CHECK(out == NULL || (status == DOORWARD_OK) == (opened != NULL));
    check_error(&error, status);
    free_text(&text);
    if (status == DOORWARD_OK) {
        doorward_verifier_free(world->verifiers[slot]);
        world->verifiers[slot] = opened;
    }
}

static void open_text(struct world *world) {
    open_one(world, 0);
}

static void open_file(struct world *world) {
    open_one(world, 1);
}

static void reload_one(struct world *world, int by_file) {
    struct handle verifier = draw_verifier(world);
    struct text text = by_file ? draw_path(world) : draw_configuration(world);
    struct buffer error = draw_buffer(&world->source);
    doorward_status status =
        by_file ? doorward_verifier_reload_file(verifier.pointer, text.data, text.len, error.data, error.capacity,
                                                &error.needed)
                : doorward_verifier_reload(verifier.pointer, text.data, text.len, NULL, 0, error.data, error.capacity,
                                           &error.needed);
    check_call(status, verifier.good);
    check_error(&error, status);
    free_text(&text);
}

static void reload_text(struct world *world) {
    reload_one(world, 0);
}

static void reload_file(struct world *world) {
    reload_one(world, 1);
}

static const char *const APIS[] = {"workflow-rest", "workflow-rest", "workflow-rest", "absent"};

static void look_up_api(struct world *world) {
    struct handle verifier = draw_verifier(world);
    struct text name = draw_word(&world->source, APIS, 4);
    uint32_t has = doorward_verifier_has_api(verifier.pointer, name.data, name.len);
    CHECK(has <= 1 && (verifier.good || has == 0));
    free_text(&name);
}

static void start_wait_poll(struct world *world) {
    struct handle verifier = draw_verifier(world);
    uint32_t ready = 7;
    uint64_t next = 7;
    check_call(doorward_verifier_start(verifier.pointer), verifier.good);
    doorward_status waited = doorward_verifier_wait(verifier.pointer, draw(&world->source, 3), &ready);
    check_call(waited, verifier.good);
    CHECK(ready <= 1 && (waited == DOORWARD_OK || ready == 0));
    check_call(doorward_verifier_poll(verifier.pointer, &next), verifier.good);
    CHECK(verifier.good || next == UINT64_MAX);
}

/* A request of drawn texts, in memory of its own. Only the size says what is there. */
struct drawn {
    struct text api, value;
    void *memory;
    struct doorward_request *request;
    int good;
};

static struct text draw_value(struct world *world) {
    const struct file *const files[] = {host.good[6], host.good[9], host.good[10], host.good[0],
                                        host.fetched, host.expired, host.forged};
    const struct file *file = files[draw(&world->source, 7)];
    return draw_text(&world->source, file->data, file->len);
}

static struct drawn draw_request(struct world *world) {
    struct drawn drawn = {draw_word(&world->source, APIS, 4), draw_value(world), NULL, NULL, 1};
    struct doorward_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.api = drawn.api.data, request.api_len = drawn.api.len;
    request.authorization = drawn.value.data, request.authorization_len = drawn.value.len;
    request.authorization_count = draw(&world->source, 16) == 0 ? draw(&world->source, 4) : 1;
    size_t wrong = draw(&world->source, 32), size = sizeof request;
    if (wrong == 0) {
        request.dpop = drawn.api.memory, request.dpop_len = 1;
    } else if (wrong == 1) {
        size = request.struct_size = sizeof(size_t) * (1 + draw(&world->source, 8));
    }
    drawn.memory = malloc(size);
    CHECK(drawn.memory != NULL);
    memcpy(drawn.memory, &request, size);
    drawn.request = wrong == 2 ? NULL : wrong == 3 ? misaligned(drawn.memory) : drawn.memory;
    drawn.good = wrong > 3;
    return drawn;
}

static void free_drawn(struct drawn *drawn) {
    free_text(&drawn->api);
    free_text(&drawn->value);
    free(drawn->memory);
}

static void verify(struct world *world) {
    size_t slot = draw(&world->source, SLOTS);
    struct handle verifier = draw_verifier(world), verdict = draw_verdict(world, slot);
    struct drawn drawn = draw_request(world);
    doorward_status status = draw(&world->source, 4) == 0
                                 ? doorward_verifier_resolve(verifier.pointer, drawn.request, verdict.pointer)
                                 : doorward_verifier_verify(verifier.pointer, drawn.request, verdict.pointer);
    check_call(status, verifier.good && verdict.good && drawn.good);
    free_drawn(&drawn);
    if (verdict.good) {
        world->expected[slot] = status;
    }
}

/* A text is written as a whole, or not at all. */
static void check_made(struct buffer *buffer, doorward_status status, int good) {
    check_call(status, good);
    CHECK((status == DOORWARD_BUFFER_TOO_SMALL) == (buffer->needed > buffer->capacity));
    CHECK((buffer->needed > 0) == (status == DOORWARD_OK || status == DOORWARD_BUFFER_TOO_SMALL));
    check_and_free(buffer, status == DOORWARD_OK ? buffer->needed : 0);
}

static void make_texts(struct world *world) {
    struct handle verifier = draw_verifier(world);
    struct drawn drawn = draw_request(world);
    struct buffer health = draw_buffer(&world->source), metrics = draw_buffer(&world->source);
    struct buffer explained = draw_buffer(&world->source);
    uint32_t json = (uint32_t)draw(&world->source, 3);
    check_made(&health,
               doorward_verifier_health(verifier.pointer, health.data, health.capacity, &health.needed), verifier.good);
    check_made(&metrics,
               doorward_verifier_metrics(verifier.pointer, metrics.data, metrics.capacity, &metrics.needed),
               verifier.good);
    check_made(&explained,
               doorward_verifier_explain(verifier.pointer, drawn.request, json, explained.data, explained.capacity,
                                         &explained.needed),
               verifier.good && drawn.good && json < 2);
    free_drawn(&drawn);
}

/* Every byte that is told is read. */
static void read_text(struct doorward_str text) {
    volatile char sum = 0;
    CHECK(text.data != NULL);
    for (size_t at = 0; at < text.len; at++) {
        sum = (char)(sum ^ text.data[at]);
    }
}

static void look(struct world *world) {
    static const char *const names[] = {"sub", "exp", "roles", "aud", "absent", ""};
    struct handle verdict = draw_verdict(world, draw(&world->source, SLOTS));
    struct text name = draw_word(&world->source, names, 6);
    int64_t number = 7;
    read_text(doorward_verdict_user(verdict.pointer));
    read_text(doorward_verdict_challenge(verdict.pointer));
    read_text(doorward_verdict_expected(verdict.pointer));
    read_text(doorward_verdict_denied_claim(verdict.pointer));
    read_text(doorward_verdict_role(verdict.pointer, draw(&world->source, 3)));
    read_text(doorward_verdict_claim_name(verdict.pointer, draw(&world->source, 8)));
    CHECK(verdict.good || doorward_verdict_claim_count(verdict.pointer) == 0);
    read_text(doorward_verdict_claim(verdict.pointer, name.data, name.len));
    read_text(doorward_verdict_claim_json(verdict.pointer, name.data, name.len));
    doorward_status status = doorward_verdict_claim_number(verdict.pointer, name.data, name.len, &number);
    CHECK(status == DOORWARD_OK || number == 0);
    CHECK(verdict.good || doorward_verdict_status(verdict.pointer) != DOORWARD_OK);
    free_text(&name);
}

static void look_up_status(struct world *world) {
    doorward_status status = draw_bits(&world->source);
    read_text(doorward_status_name(status));
    read_text(doorward_status_message(status));
    CHECK(doorward_status_http(status) <= 599);
}

static void listen_to(void *context, uint32_t level, const char *message, size_t len) {
    struct doorward_str text = {message, len};
    CHECK(context == &host && level >= 1 && level <= 4);
    read_text(text);
}

static void set_log(struct world *world) {
    uint32_t level = (uint32_t)draw(&world->source, 6);
    doorward_log_function function = draw(&world->source, 2) == 0 ? listen_to : NULL;
    CHECK_STATUS(level > 4 ? DOORWARD_ARGUMENT_INVALID : DOORWARD_OK, doorward_log_set(function, &host, level));
}

/* Some more often than others. */
static void (*const calls[])(struct world *) = {
    new_one,   new_one,     new_one,     free_verdict, free_verifier,   open_text,  open_text, open_text,
    open_file, reload_text, reload_file, set_log,      start_wait_poll, make_texts, look,      look_up_status,
    look,      look_up_api, verify,      verify,       verify,          verify,     verify,    verify,
};

static void step(struct world *world) {
    calls[draw(&world->source, sizeof calls / sizeof calls[0])](world);
    for (size_t slot = 0; slot < SLOTS; slot++) {
        if (world->verdicts[slot] != NULL) {
            check_verdict(world->verdicts[slot], world->expected[slot]);
        }
    }
}

/* So that a sequence has something to work with from its first call. */
static struct world begin(struct source source) {
    struct world world = {source, {NULL}, {NULL}, {0}};
    CHECK_STATUS(DOORWARD_OK,
                 doorward_verifier_open((const uint8_t *)small->data, small->len, NULL, 0, DOORWARD_OPEN_WITHOUT_THREAD,
                                        &world.verifiers[0], NULL, 0, NULL));
    world.verdicts[0] = new_verdict();
    world.expected[0] = DOORWARD_CREDENTIALS_MISSING;
    return world;
}

static void end(struct world *world) {
    for (size_t slot = 0; slot < SLOTS; slot++) {
        doorward_verifier_free(world->verifiers[slot]);
    }
    for (size_t slot = 0; slot < SLOTS; slot++) {
        doorward_verdict_free(world->verdicts[slot]);
    }
    CHECK_STATUS(DOORWARD_OK, doorward_log_set(NULL, NULL, 0));
}

static void read_folder(const char *folder) {
    host = read_host(folder, "fetched.json");
    small = read_file(folder, "small.json");
}

#ifdef FUZZ

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    CHECK(getenv("DOORWARD_FOLDER") != NULL);
    read_folder(getenv("DOORWARD_FOLDER"));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct source source = {data, len, 0};
    struct world world = begin(source);
    while (world.source.len > 0) {
        step(&world);
    }
    end(&world);
    return 0;
}

#else

int main(int argc, char **argv) {
    CHECK(argc > 4);
    read_folder(argv[1]);
    unsigned long first = strtoul(argv[2], NULL, 10), seeds = strtoul(argv[3], NULL, 10);
    for (unsigned long seed = first; seed < first + seeds; seed++) {
        struct source source = {NULL, 0, 0x9e3779b97f4a7c15u * (seed + 1)};
        struct world world = begin(source);
        for (long call = 0; call < atol(argv[4]); call++) {
            step(&world);
        }
        end(&world);
    }
    const unsigned wanted = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 7;
    CHECK((blocks & wanted) == wanted);
    free_host(&host);
    free(small);
    return 0;
}

#endif
