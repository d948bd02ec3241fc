/* What the kernel is asked for, and by which tables: _tables.py makes them. */

#ifndef SKAUDIO_KERNEL_H
#define SKAUDIO_KERNEL_H

#include <stdint.h>

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* A real transform of n samples, n a power of two from 8 on. */
struct transform {
    int64_t n;
    const float *twiddles; /* for each radix-4 pass and each j: cos and sin of 2 pi j k / length, k = 1, 2, 3 */
    const int32_t *places; /* where the complex transform leaves frequency 0 to n/2 - 1, and 0 again */
    const float *split;    /* cos and sin of 2 pi k / n, k = 0 to n/4 */
};

/* Bands: each a weighted sum of neighbouring bins. */
struct filters {
    int64_t n;
    const int32_t *starts;  /* the first bin of each */
    const int32_t *lengths; /* and how many */
    const float *weights;   /* one after another */
};

/* A filter that halves the rate. */
struct halving {
    const struct transform *whole; /* of n samples */
    const struct transform *half;  /* of n/2 */
    const float *response;         /* real and imaginary parts of the filter's spectrum, n/2 + 1 of them, over 2n */
    int64_t delay;                 /* d: it has 2d + 1 taps */
};

/* A log-mel spectrum, and the rate it is of. */
struct spectrogram {
    const struct transform *transform;
    const struct filters *filters;
    const float *taper;            /* half of the window */
    const struct halving *halving; /* for sound of twice the rate; or none */
    int64_t rate;
    int64_t hop;
    int64_t before; /* where the first frame begins before the sound */
    float top_db;   /* how far levels reach below the loudest; less than 0 for any */
};

/* What came of a file. */
struct found {
    int64_t n_frames;  /* of the spectrum; 0 where the file is left to others */
    int64_t n_samples; /* in the file */
    int64_t rate;      /* of them */
};

/* What a function returns. */
enum { DONE, NO_MEMORY, REFUSED };

/*
 * Log-mel spectra of n_frames frames, the first of which begins at sample `first` (silence is where there are no
 * samples), each `hop` after the one before: decibels of each band to levels, n_frames x n bands. The taper is half of
 * the window. The width is how many frames are computed at a time, 4, 8 or 16, at most skaudio_widest().
 */
EXPORTED int skaudio_log_mel(int width, const struct transform *transform, const struct filters *filters,
                             const float *taper, const float *samples, int64_t n_samples, int64_t first, int64_t hop,
                             int64_t n_frames, float *levels);

/* Halve the rate: n_halved samples from n_samples of int16 or float32; silence is assumed before and after them. */
EXPORTED int skaudio_halve(int width, const struct halving *halving, const void *samples, int is_int16,
                           int64_t n_samples, float *halved, int64_t n_halved);

/*
 * Log-mel spectra of some files: the frames of one after another to levels, which has room for `room` of them, and the
 * means of each band over time to means, n_files x n bands. A file of more than most_frames is left to others.
 */
EXPORTED int skaudio_log_mel_of_files(int width, const struct spectrogram *s, int64_t n_files,
                                      const char *const *paths, int64_t room, int64_t most_frames, float *levels,
                                      double *means, struct found *found);

/* The most lanes that this processor has. */
EXPORTED int skaudio_widest(void);

/* Counted up with each change of what is declared here: the callers ask for the one that they know. */
EXPORTED int skaudio_version(void);

#endif
