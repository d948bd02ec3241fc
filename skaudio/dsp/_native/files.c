/*
 * Log-mel spectra of several files at once, each of plain 16-bit WAV of one channel.
 *
 * A call of Python's lets go of its lock, and has to wait for it afterwards: of two threads that take turns at each file,
 * each works little more than half of its time. Here is nothing new about sound: a file is opened, read whole, and
 * given to the functions of kernel.c. Whatever is not exactly as expected is declined, and read by others.
 */

#include "kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

static const int64_t LARGEST = 1 << 20; /* bytes of a file */
static const int64_t HEAD = 4096;       /* bytes in which the samples must begin */

/* Read a file whole: how many bytes it has, or -1 where it is none, too large, or not read. */
static int64_t read_file(const char *path, uint8_t *bytes)
{
#if defined(_WIN32)
    (void)path, (void)bytes;
    return -1;
#else
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return -1;
    struct stat status;
    int64_t n_read = -1;
    if (!fstat(file, &status) && S_ISREG(status.st_mode) && status.st_size <= LARGEST) {
        int64_t size = status.st_size;
        n_read = pread(file, bytes, size, 0) == size ? size : -1;
    }
    close(file);
    return n_read;
#endif
}

static uint32_t number_of(const uint8_t *bytes, int n)
{
    uint32_t value = 0;
    for (int i = n - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static int is_name(const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++)
        if (!((bytes[i] >= '0' && bytes[i] <= '9') || ((bytes[i] | 32) >= 'a' && (bytes[i] | 32) <= 'z')))
            return 0;
    return 1;
}

/* Whether nothing but whole chunks without samples follows. */
static int is_tail(const uint8_t *bytes, int64_t size, int64_t position)
{
    position += position % 2;
    while (position < size) {
        const uint8_t *chunk = bytes + position;
        if (position + 8 > size)
            return 0;
        int64_t length = number_of(chunk + 4, 4);
        position += 8 + length + length % 2;
        if (!(is_name(chunk) || !memcmp(chunk, "id3 ", 4)) || !memcmp(chunk, "data", 4) || !memcmp(chunk, "RIFF", 4) ||
            position > size + 1)
            return 0;
    }
    return 1;
}

/* Where the samples of a plain 16-bit WAV file of one channel begin, how many and at what rate; 0 where it is none. */
static int find_samples(const uint8_t *bytes, int64_t size, int64_t *start, int64_t *n_samples, int64_t *rate)
{
    int64_t position = 12, head = size < HEAD ? size : HEAD;
    if (size < 44 || memcmp(bytes, "RIFF", 4) || memcmp(bytes + 8, "WAVE", 4))
        return 0;
    *rate = 0;
    while (position + 8 <= head) {
        const uint8_t *chunk = bytes + position;
        int64_t length = number_of(chunk + 4, 4);
        position += 8;
        if (!memcmp(chunk, "data", 4)) {
            *start = position;
            *n_samples = length / 2;
            return *rate && length && length % 2 == 0 && position + length <= size &&
                   is_tail(bytes, size, position + length);
        }
        if (!memcmp(chunk, "fmt ", 4)) {
            const uint8_t *form = chunk + 8;
            if (length != 16 || position + 16 > head)
                return 0;
            *rate = number_of(form + 4, 4);
            /* PCM, one channel, two bytes a sample */
            if (number_of(form, 2) != 1 || number_of(form + 2, 2) != 1 || number_of(form + 8, 4) != 2 * *rate ||
                number_of(form + 12, 2) != 2 || number_of(form + 14, 2) != 16 || *rate < 2)
                return 0;
        } else if (!is_name(chunk)) {
            return 0;
        }
        position += length + length % 2;
    }
    return 0;
}

/* Levels that are below the loudest by more than top_db are raised, and the mean of each band over time is taken. */
static int finish(const struct spectrogram *s, float *levels, int64_t n_frames, double *means)
{
    int64_t n_bands = s->filters->n, n = n_frames * n_bands;
    float highest = levels[0];
    int is_finite = 1;
    for (int64_t i = 0; i < n; i++) {
        highest = levels[i] > highest ? levels[i] : highest;
        is_finite &= isfinite(levels[i]) != 0;
    }
    float lowest = s->top_db < 0 ? -INFINITY : highest - s->top_db;
    for (int64_t band = 0; band < n_bands; band++)
        means[band] = 0;
    for (int64_t frame = 0; frame < n_frames; frame++) {
        for (int64_t band = 0; band < n_bands; band++) {
            float *level = levels + frame * n_bands + band;
            *level = *level < lowest ? lowest : *level;
            means[band] += *level;
        }
    }
    for (int64_t band = 0; band < n_bands; band++)
        means[band] /= (double)n_frames;
    return is_finite;
}

/* One file: what came of it, or 0 frames. */
static int process_file(int width, const struct spectrogram *s, const char *path, uint8_t *bytes, float *waveform,
                   int64_t most_frames, float *levels, double *means, struct found *found)
{
    int64_t size = read_file(path, bytes), start, n, rate;
    found->n_frames = 0;
    if (size < 0 || !find_samples(bytes, size, &start, &n, &rate))
        return DONE;
    found->n_samples = n;
    found->rate = rate;
    int16_t *samples = (int16_t *)bytes;
    memmove(samples, bytes + start, 2 * n); /* to an aligned address */
    if (rate == s->rate) {
        for (int64_t i = 0; i < n; i++)
            waveform[i] = (float)samples[i] * (1.0f / 32768);
    } else if (rate == 2 * s->rate && s->halving) {
        int outcome = skaudio_halve(width, s->halving, samples, 1, n, waveform, (n + 1) / 2);
        if (outcome)
            return outcome;
        n = (n + 1) / 2;
    } else {
        return DONE;
    }
    int64_t n_fft = s->transform->n, padded = n + 2 * s->before;
    int64_t n_frames = padded < n_fft ? 0 : 1 + (padded - n_fft) / s->hop;
    if (n_frames < 1 || n_frames > most_frames)
        return DONE;
    int outcome = skaudio_log_mel(width, s->transform, s->filters, s->taper, waveform, n, -s->before, s->hop, n_frames,
                                  levels);
    if (!outcome && finish(s, levels, n_frames, means))
        found->n_frames = n_frames;
    return outcome;
}

int skaudio_log_mel_of_files(int width, const struct spectrogram *s, int64_t n_files, const char *const *paths,
                             int64_t room, int64_t most_frames, float *levels, double *means, struct found *found)
{
    const uint16_t one = 1;
    if (*(const uint8_t *)&one != 1 || s->hop < 1 || s->before < 0 || s->before > s->transform->n / 2)
        return REFUSED; /* samples of the other byte order among them */
    uint8_t *bytes = malloc(LARGEST);
    float *waveform = malloc(LARGEST / 2 * sizeof *waveform);
    int outcome = bytes && waveform ? DONE : NO_MEMORY;
    for (int64_t i = 0; i < n_files && !outcome; i++) {
        int64_t most = room < most_frames ? room : most_frames;
        outcome = process_file(width, s, paths[i], bytes, waveform, most, levels, means + i * s->filters->n, found + i);
        levels += found[i].n_frames * s->filters->n;
        room -= found[i].n_frames;
    }
    free(bytes);
    free(waveform);
    return outcome;
}
