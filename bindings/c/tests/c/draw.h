/* Draws arguments: from a generator with a seed, or from bytes that a fuzzer chose. What is drawn stands in memory of its
 * exact size, and is freed after the call: one byte too many, or a pointer that is kept, is noticed by who watches memory. */
#ifndef DRAW_H
#define DRAW_H

#include "host.h"

struct source {
    /* NULL: from the seed. */
    const uint8_t *data;
    size_t len;
    uint64_t state;
};

static inline uint32_t draw_bits(struct source *source) {
    uint32_t bits = 0;
    if (source->data == NULL) {
        source->state ^= source->state << 13;
        source->state ^= source->state >> 7;
        source->state ^= source->state << 17;
        return (uint32_t)(source->state >> 32);
    }
    for (int at = 0; at < 2 && source->len > 0; at++, source->len--) {
        bits = bits << 8 | *source->data++;
    }
    return bits;
}

/* From 0 to `end`, without it. */
static inline size_t draw(struct source *source, size_t end) {
    return draw_bits(source) % end;
}

struct text {
    /* What is freed, and what is handed over. */
    uint8_t *memory;
    const uint8_t *data;
    size_t len;
};

static inline struct text copy_of(const void *data, size_t len) {
    struct text text = {malloc(len > 0 ? len : 1), NULL, len};
    CHECK(text.memory != NULL);
    memcpy(text.memory, data, len);
    text.data = text.memory;
    return text;
}

static inline void free_text(struct text *text) {
    free(text->memory);
}

/* What no length and no pointer may be. */
static inline void spoil(struct source *source, struct text *text) {
    switch (draw(source, 4)) {
    case 0:
        text->data = NULL;
        break;
    case 1:
        text->len = SIZE_MAX;
        break;
    case 2:
        text->len = SIZE_MAX / 2 + 1;
        break;
    default:
        text->data = NULL;
        text->len = 0;
    }
}

/* Changes, cuts, or repeats a part. */
static inline void mutate(struct source *source, struct text *text) {
    if (text->len == 0) {
        return;
    }
    size_t at = draw(source, text->len);
    switch (draw(source, 4)) {
    case 0:
        text->memory[at] ^= (uint8_t)(1 + draw(source, 255));
        break;
    case 1:
        text->len = at;
        break;
    case 2:
        memmove(text->memory + at, text->memory, text->len - at);
        break;
    default:
        text->memory[at] = (uint8_t)"\"{}[],:.\\\xff 0"[draw(source, 12)];
    }
}

/* A good text, mostly; else one that is changed, or none. */
static inline struct text draw_text(struct source *source, const void *good, size_t len) {
    struct text text = copy_of(good, len);
    switch (draw(source, 8)) {
    case 0:
        spoil(source, &text);
        break;
    case 1:
    case 2:
        for (size_t times = 1 + draw(source, 3); times > 0; times--) {
            mutate(source, &text);
        }
        break;
    default:
        break;
    }
    return text;
}

static inline struct text draw_word(struct source *source, const char *const *words, size_t count) {
    const char *word = words[draw(source, count)];
    return draw_text(source, word, strlen(word));
}

/* A buffer of the caller's, with as much again behind it that nobody may write to. */
struct buffer {
    char *data;
    size_t capacity, needed;
};

enum { BEHIND = 64, UNTOUCHED = 0x5a };

static inline struct buffer draw_buffer(struct source *source) {
    static const size_t capacities[] = {0, 1, 40, 1024, 65536};
    struct buffer buffer = {NULL, capacities[draw(source, 5)], 7};
    buffer.data = malloc(buffer.capacity + BEHIND);
    CHECK(buffer.data != NULL);
    memset(buffer.data, UNTOUCHED, buffer.capacity + BEHIND);
    return buffer;
}

/* Nothing behind `used` was written to. */
static inline void check_and_free(struct buffer *buffer, size_t used) {
    CHECK(used <= buffer->capacity);
    for (size_t at = used; at < buffer->capacity + BEHIND; at++) {
        CHECK(buffer->data[at] == UNTOUCHED);
    }
    free(buffer->data);
}

#endif
