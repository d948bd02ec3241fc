/* The kernel for vectors of LANES numbers; kernel.c includes it for each width, and says what is computed. */

/* All names are of a width. */
#define lanes OF_WIDTH(lanes)
#define bits OF_WIDTH(bits)
#define whole_numbers OF_WIDTH(whole_numbers)
#define number OF_WIDTH(number)
#define quad OF_WIDTH(quad)
#define order OF_WIDTH(order)
#define work OF_WIDTH(work)
#define allocate OF_WIDTH(allocate)
#define copy_row OF_WIDTH(copy_row)
#define turn OF_WIDTH(turn)
#define to_lanes OF_WIDTH(to_lanes)
#define add OF_WIDTH(add)
#define subtract OF_WIDTH(subtract)
#define turned OF_WIDTH(turned)
#define pass OF_WIDTH(pass)
#define last_pass OF_WIDTH(last_pass)
#define fourier OF_WIDTH(fourier)
#define split_real OF_WIDTH(split_real)
#define decibels OF_WIDTH(decibels)
#define log_mel OF_WIDTH(log_mel)
#define halve OF_WIDTH(halve)

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t bits __attribute__((vector_size(4 * LANES)));
typedef int32_t whole_numbers __attribute__((vector_size(4 * LANES)));
typedef float quad __attribute__((vector_size(16)));
typedef int32_t order __attribute__((vector_size(16)));

/* A complex number of each lane. */
struct number {
    lanes re, im;
};

/* Memory for LANES stretches of n samples. */
struct work {
    char *memory;
    struct number *spectrum; /* n/2 */
    struct number *folded;   /* n/4 + 1, of the halving */
    lanes *power;            /* n/2 + 1 */
    float *rows;             /* LANES x n */
};

/* Take memory; it is freed by its first member. */
TARGET static int allocate(struct work *work, int64_t n)
{
    size_t size = sizeof(lanes), n_vectors = (size_t)n + ((size_t)n / 2 + 2) + ((size_t)n / 2 + 1) + (size_t)n;
    work->memory = malloc(n_vectors * size + 64);
    if (!work->memory)
        return NO_MEMORY;
    char *memory = work->memory + 64 - (uintptr_t)work->memory % 64; /* a line of the cache begins there */
    work->spectrum = (struct number *)memory;
    work->folded = (struct number *)(memory + n * size);
    work->power = (lanes *)(memory + (n + n / 2 + 2) * size);
    work->rows = (float *)(memory + (2 * n + 3) * size);
    return DONE;
}

/* Samples `start` to `start + n` as floats of full scale 1; silence is where there are none. */
TARGET static void copy_row(const void *samples, int is_int16, int64_t n_samples, int64_t start, int64_t n,
                            float *row)
{
    int64_t begin = start < 0 ? (start < -n ? n : -start) : 0;
    int64_t end = n_samples - start < begin ? begin : n_samples - start < n ? n_samples - start : n;
    memset(row, 0, begin * sizeof *row);
    if (is_int16) {
        for (int64_t i = begin; i < end; i++)
            row[i] = (float)((const int16_t *)samples)[start + i] * (1.0f / 32768);
    } else if (end > begin) {
        memcpy(row + begin, (const float *)samples + start + begin, (end - begin) * sizeof *row);
    }
    memset(row + end, 0, (n - end) * sizeof *row);
}

/* Four numbers of each of four rows, turned so that each row is a column. */
TARGET static inline void turn(quad *q)
{
#if defined(__clang__)
#define CHOOSE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define CHOOSE(a, b, i, j, k, l) __builtin_shuffle(a, b, (order){i, j, k, l})
#endif
    quad low01 = CHOOSE(q[0], q[1], 0, 4, 1, 5), high01 = CHOOSE(q[0], q[1], 2, 6, 3, 7);
    quad low23 = CHOOSE(q[2], q[3], 0, 4, 1, 5), high23 = CHOOSE(q[2], q[3], 2, 6, 3, 7);
    q[0] = CHOOSE(low01, low23, 0, 1, 4, 5);
    q[1] = CHOOSE(low01, low23, 2, 3, 6, 7);
    q[2] = CHOOSE(high01, high23, 0, 1, 4, 5);
    q[3] = CHOOSE(high01, high23, 2, 3, 6, 7);
#undef CHOOSE
}

/* n samples of LANES rows, each its lane, times a taper where there is one. */
TARGET static void to_lanes(const float *const *rows, const float *taper, int64_t n, lanes *x)
{
    for (int64_t i = 0; i < n; i += 4) {
        quad weight = {1, 1, 1, 1};
        if (taper)
            memcpy(&weight, taper + i, sizeof weight);
        for (int lane = 0; lane < LANES; lane += 4) {
            quad q[4];
            for (int k = 0; k < 4; k++) {
                memcpy(&q[k], rows[lane + k] + i, sizeof q[k]);
                q[k] *= weight;
            }
            turn(q);
            for (int k = 0; k < 4; k++)
                memcpy((float *)(x + i + k) + lane, &q[k], sizeof q[k]);
        }
    }
}

TARGET static inline struct number add(struct number a, struct number b)
{
    return (struct number){a.re + b.re, a.im + b.im};
}

TARGET static inline struct number subtract(struct number a, struct number b)
{
    return (struct number){a.re - b.re, a.im - b.im};
}

/* The product with cos - i sin. */
TARGET static inline struct number turned(struct number a, const float *cos_sin)
{
    return (struct number){a.re * cos_sin[0] + a.im * cos_sin[1], a.im * cos_sin[0] - a.re * cos_sin[1]};
}

/* The butterflies of one pass: transforms of `length` numbers, one after another in n, become four of a quarter each. */
TARGET static void pass(struct number *x, int64_t n, int64_t length, const float *twiddles)
{
    int64_t quarter = length / 4;
    for (int64_t j = 0; j < quarter; j++, twiddles += 6) {
        for (struct number *a = x + j; a < x + n; a += length) {
            struct number *b = a + quarter, *c = b + quarter, *d = c + quarter;
            struct number even = add(*a, *c), odd = add(*b, *d);
            struct number far = subtract(*a, *c), near = subtract(*b, *d);
            near = (struct number){near.im, -near.re}; /* times -i */
            *a = add(even, odd);
            *b = turned(add(far, near), twiddles);
            *c = turned(subtract(even, odd), twiddles + 2);
            *d = turned(subtract(far, near), twiddles + 4);
        }
    }
}

/* The last pass: transforms of four numbers, or two. */
TARGET static void last_pass(struct number *x, int64_t n, int64_t length)
{
    for (struct number *end = x + n; x < end; x += length) {
        if (length == 2) {
            struct number first = x[0];
            x[0] = add(first, x[1]);
            x[1] = subtract(first, x[1]);
        } else {
            struct number even = add(x[0], x[2]), odd = add(x[1], x[3]);
            struct number far = subtract(x[0], x[2]), near = subtract(x[1], x[3]);
            near = (struct number){near.im, -near.re};
            x[0] = add(even, odd);
            x[1] = add(far, near);
            x[2] = subtract(even, odd);
            x[3] = subtract(far, near);
        }
    }
}

/*
 * Transform n = 4^a or 2 * 4^a numbers in place. Frequency 4k + r ends up in quarter r, at the place within it where a
 * transform of n/4 numbers leaves frequency k.
 */
TARGET static void fourier(struct number *x, int64_t n, const float *twiddles)
{
    if (n > NEAR) {
        pass(x, n, n, twiddles);
        for (int64_t r = 0; r < 4; r++)
            fourier(x + r * (n / 4), n / 4, twiddles + 6 * (n / 4));
        return;
    }
    int64_t length = n;
    for (; length > 4; length /= 4) {
        pass(x, n, length, twiddles);
        twiddles += 6 * (length / 4);
    }
    last_pass(x, n, length);
}

/*
 * Give two numbers for k from the transform: twice the spectrum of the even samples, and twice that of the odd samples
 * times its twiddle factor. Their sum is twice frequency k; their difference is the conjugate of twice frequency
 * n/2 - k.
 */
TARGET static inline void split_real(const struct transform *t, const struct number *x, int64_t k, struct number *even,
                                     struct number *odd)
{
    struct number a = x[t->places[k]], b = x[t->places[t->n / 2 - k]];
    *even = (struct number){a.re + b.re, a.im - b.im};
    *odd = turned((struct number){a.im + b.im, b.re - a.re}, t->split + 2 * k);
}

/* 10 log10 of max(power, 1e-10); not a number where the power is none, or infinite. */
TARGET static inline lanes decibels(lanes power)
{
    const lanes zero = {0}, floor = zero + 1e-10f;
    bits low = (bits)(power < floor); /* all ones where it is, and zeros for what is not a number */
    lanes x = (lanes)((low & (bits)floor) | (~low & (bits)power));
    /* x = 2^e m, m from sqrt(1/2) to sqrt(2), and log m = 2 artanh((m - 1) / (m + 1)) as a series. */
    const uint32_t half_root = 0x3f3504f3; /* the bits of sqrt(1/2) */
    bits above = (bits)x - half_root;
    lanes e = __builtin_convertvector((whole_numbers)above >> 23, lanes);
    lanes m = (lanes)((above & 0x007fffff) + half_root);
    lanes s = (m - 1.0f) / (m + 1.0f), square = s * s;
    lanes series = 2.0f / 7 + square * (2.0f / 9);
    series = 2.0f / 3 + square * (2.0f / 5 + square * series);
    lanes log_m = 2.0f * s + s * square * series;
    return (e * 0.6931471806f + log_m) * 4.342944819f + (power - power);
}

/* What skaudio_log_mel of kernel.c does. */
TARGET static int log_mel(const struct transform *t, const struct filters *filters, const float *taper,
                          const float *samples, int64_t n_samples, int64_t first, int64_t hop, int64_t n_frames,
                          float *levels)
{
    struct work work;
    if (allocate(&work, t->n))
        return NO_MEMORY;
    for (int64_t frame = 0; frame < n_frames; frame += LANES) {
        int n = n_frames - frame < LANES ? (int)(n_frames - frame) : LANES;
        const float *rows[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            int64_t start = first + (frame + (lane < n ? lane : 0)) * hop;
            if (start >= 0 && start <= n_samples - t->n) {
                rows[lane] = samples + start;
            } else {
                rows[lane] = work.rows + lane * t->n;
                copy_row(samples, 0, n_samples, start, t->n, work.rows + lane * t->n);
            }
        }
        to_lanes(rows, taper, t->n, (lanes *)work.spectrum);
        fourier(work.spectrum, t->n / 2, t->twiddles);
        for (int64_t k = 0; k <= t->n / 4; k++) {
            struct number even, odd;
            split_real(t, work.spectrum, k, &even, &odd);
            struct number low = add(even, odd), high = subtract(even, odd);
            work.power[t->n / 2 - k] = high.re * high.re + high.im * high.im;
            work.power[k] = low.re * low.re + low.im * low.im;
        }
        const float *weights = filters->weights;
        for (int64_t band = 0; band < filters->n; band++) {
            const lanes *power = work.power + filters->starts[band];
            int32_t i = 0, length = filters->lengths[band];
            lanes even = {0}, odd = {0};
            for (; i + 1 < length; i += 2) {
                even += power[i] * weights[i];
                odd += power[i + 1] * weights[i + 1];
            }
            if (i < length)
                even += power[i] * weights[i];
            weights += length;
            lanes level = decibels(even + odd);
            for (int lane = 0; lane < n; lane++)
                levels[(frame + lane) * filters->n + band] = level[lane];
        }
    }
    free(work.memory);
    return DONE;
}

/* What skaudio_halve of kernel.c does. */
TARGET static int halve(const struct halving *halving, const void *samples, int is_int16, int64_t n_samples,
                        float *halved, int64_t n_halved)
{
    const struct transform *whole = halving->whole, *half = halving->half;
    int64_t n = whole->n, delay = halving->delay, step = n / 2 - delay; /* samples of the result that a block gives */
    struct work work;
    if (allocate(&work, n))
        return NO_MEMORY;
    for (int64_t done = 0; done < n_halved; done += LANES * step) {
        const float *rows[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            int64_t start = 2 * (done + lane * step) - delay;
            if (!is_int16 && start >= 0 && start <= n_samples - n) {
                rows[lane] = (const float *)samples + start;
            } else {
                rows[lane] = work.rows + lane * n;
                copy_row(samples, is_int16, n_samples, start, n, work.rows + lane * n);
            }
        }
        to_lanes(rows, NULL, n, (lanes *)work.spectrum);
        fourier(work.spectrum, n / 2, whole->twiddles);
        /* The filter, and the spectrum's halves on one another. */
        for (int64_t k = 0; k <= n / 4; k++) {
            const float *h = halving->response + 2 * k, *g = halving->response + 2 * (n / 2 - k);
            struct number even, odd;
            split_real(whole, work.spectrum, k, &even, &odd);
            struct number low = add(even, odd), high = subtract(even, odd);
            /* high is the conjugate of frequency n/2 - k, and so is what is wanted of it. */
            work.folded[k].re = (low.re * h[0] - low.im * h[1]) + (high.re * g[0] + high.im * g[1]);
            work.folded[k].im = (low.re * h[1] + low.im * h[0]) + (high.im * g[0] - high.re * g[1]);
        }
        /* Back: two real halves as one complex number, real and imaginary parts exchanged to go the other way. */
        for (int64_t k = 0; k <= n / 8; k++) {
            const float c = half->split[2 * k], s = half->split[2 * k + 1];
            struct number a = work.folded[k], b = work.folded[n / 4 - k];
            struct number sum = {a.re + b.re, a.im - b.im}, difference = {a.re - b.re, a.im + b.im};
            struct number far = {-(difference.im * c + difference.re * s), difference.re * c - difference.im * s};
            work.folded[n / 4 - k] = (struct number){far.im - sum.im, sum.re - far.re};
            work.folded[k] = (struct number){sum.im + far.im, sum.re + far.re};
        }
        fourier(work.folded, n / 4, half->twiddles);
        for (int64_t k = 0; k < n / 4; k += 2) {
            struct number a = work.folded[half->places[k]], b = work.folded[half->places[k + 1]];
            lanes values[4] = {a.im, a.re, b.im, b.re};
            for (int lane = 0; lane < LANES; lane += 4) {
                quad q[4];
                for (int i = 0; i < 4; i++)
                    memcpy(&q[i], (const float *)&values[i] + lane, sizeof q[i]);
                turn(q);
                for (int i = 0; i < 4; i++)
                    memcpy(work.rows + (lane + i) * n + 2 * k, &q[i], sizeof q[i]);
            }
        }
        for (int lane = 0; lane < LANES; lane++) {
            int64_t left = n_halved - (done + lane * step), count = left < step ? left : step;
            if (count > 0)
                memcpy(halved + done + lane * step, work.rows + lane * n + delay, count * sizeof *halved);
        }
    }
    free(work.memory);
    return DONE;
}

#undef lanes
#undef bits
#undef whole_numbers
#undef number
#undef quad
#undef order
#undef work
#undef allocate
#undef copy_row
#undef turn
#undef to_lanes
#undef add
#undef subtract
#undef turned
#undef pass
#undef last_pass
#undef fourier
#undef split_real
#undef decibels
#undef log_mel
#undef halve
#undef LANES
#undef TARGET
#undef OF_WIDTH
