/*
 * Log-mel spectra and the halving of a sampling rate, several stretches of sound at a time.
 *
 * One lane, one stretch. A vector of the processor holds 4, 8 or 16 numbers, its lanes. Here each lane belongs to a
 * stretch of its own: to a frame of the spectrogram, or to a block of the sound whose rate is halved. So the code below
 * reads like that for a single stretch, nothing is shuffled within a transform, and a frame's numbers depend neither on
 * its neighbours nor on how many of them are computed at once. All operations are single ones of IEEE 754, in an order
 * that the width does not change (the compiler is told to contract none): the same bits come out on each processor.
 *
 * The transform. A real signal of n samples is taken for a complex one of n/2, z[j] = x[2j] + i x[2j+1], whose spectrum
 * is split into the even and odd samples' by symmetry (Press et al., Numerical Recipes, "FFT of Single Real Function").
 * The complex transform is radix 4 by decimation in frequency (Cooley and Tukey, 1965; Gentleman and Sande, 1966), in
 * place, a quarter at a time down to the end, since a quarter of a quarter fits in the nearest cache. It leaves the
 * frequencies in the order of reversed digits, where whoever reads them looks them up.
 *
 * The halving. A filter of 2d+1 taps by overlap and save (Oppenheim and Schafer, Discrete-Time Signal Processing): the
 * circular convolution of n samples has n-2d that are right. Every other one is wanted, which in the spectrum is the
 * sum of its halves, C[k] + C[k+n/2]; so the way back is a transform of n/2.
 *
 * The tables (cosines, orders, filters) are the caller's: _tables.py makes them and says what they hold.
 */

#include "kernel.h"

#include <stdlib.h>
#include <string.h>

static const int64_t LONGEST = 1 << 16; /* samples of a transform */
static const int64_t FARTHEST = 1LL << 40; /* samples from one another, so that no sum is too large */
static const int64_t NEAR = 64;         /* numbers of a complex transform that the nearest cache holds for all lanes */

/*
 * The rest, for each width. SKAUDIO_PORTABLE has a compiler make the wide ones of what any processor has: for tests of
 * what cannot run here otherwise.
 */

#define LANES 4
#define TARGET
#define OF_WIDTH(name) name##_4
#include "lanes.h"

#if defined(__x86_64__) || defined(SKAUDIO_PORTABLE)
#define WIDE

#define LANES 8
#ifdef SKAUDIO_PORTABLE
#define TARGET
#else
#define TARGET __attribute__((target("avx2")))
#endif
#define OF_WIDTH(name) name##_8
#include "lanes.h"

#define LANES 16
#ifdef SKAUDIO_PORTABLE
#define TARGET
#else
#define TARGET __attribute__((target("avx512f")))
#endif
#define OF_WIDTH(name) name##_16
#include "lanes.h"
#endif

int skaudio_version(void)
{
    return 2;
}

int skaudio_widest(void)
{
#ifdef SKAUDIO_PORTABLE
    return 16;
#elif defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return 16;
    if (__builtin_cpu_supports("avx2"))
        return 8;
#endif
    return 4;
}

static int is_transform(const struct transform *t)
{
    return t->n >= 8 && t->n <= LONGEST && (t->n & (t->n - 1)) == 0;
}

int skaudio_log_mel(int width, const struct transform *transform, const struct filters *filters, const float *taper,
                    const float *samples, int64_t n_samples, int64_t first, int64_t hop, int64_t n_frames,
                    float *levels)
{
    if (!is_transform(transform) || width > skaudio_widest() || n_samples < 0 || n_samples > FARTHEST ||
        first < -FARTHEST || first > FARTHEST || n_frames < 0 || hop < 1 || hop > FARTHEST ||
        n_frames > 1 + FARTHEST / hop)
        return REFUSED;
    switch (width) {
    case 4:
        return log_mel_4(transform, filters, taper, samples, n_samples, first, hop, n_frames, levels);
#ifdef WIDE
    case 8:
        return log_mel_8(transform, filters, taper, samples, n_samples, first, hop, n_frames, levels);
    case 16:
        return log_mel_16(transform, filters, taper, samples, n_samples, first, hop, n_frames, levels);
#endif
    }
    return REFUSED;
}

int skaudio_halve(int width, const struct halving *halving, const void *samples, int is_int16, int64_t n_samples,
                  float *halved, int64_t n_halved)
{
    if (!is_transform(halving->whole) || !is_transform(halving->half) || halving->half->n * 2 != halving->whole->n ||
        width > skaudio_widest() || halving->delay < 0 || halving->delay >= halving->half->n || n_samples < 0 ||
        n_samples > FARTHEST || n_halved < 0 || n_halved > FARTHEST)
        return REFUSED;
    switch (width) {
    case 4:
        return halve_4(halving, samples, is_int16, n_samples, halved, n_halved);
#ifdef WIDE
    case 8:
        return halve_8(halving, samples, is_int16, n_samples, halved, n_halved);
    case 16:
        return halve_16(halving, samples, is_int16, n_samples, halved, n_halved);
#endif
    }
    return REFUSED;
}
