/* Transcendental functions: error against long double, exact results at the edges, equal bits on every ISA level. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "rt/rt.h"

static int failures;

static float
from_bits(uint32_t b)
{
    float f;
    memcpy(&f, &b, sizeof(f));
    return f;
}

static uint32_t
to_bits(float f)
{
    uint32_t b;
    memcpy(&b, &f, sizeof(b));
    return b;
}

static bool
same(float a, float b)
{
    return to_bits(a) == to_bits(b) || (isnan(a) && isnan(b));
}

/* Distance in units of the last place of the exact result (SPEC: spirvenv-precision-operation). */
static double
ulp_error(float got, long double want)
{
    const float w = (float)want;
    if (isnan(w) || isnan(got)) {
        return isnan(w) && isnan(got) ? 0.0 : (double)INFINITY;
    }
    if (isinf(w) || isinf(got)) {
        return got == w ? 0 : fabsl(want) > 3.4e38L && fabsf(got) > 3.4e38f ? 1.0 : (double)INFINITY;
    }
    int e;
    (void)frexpl(want, &e);
    e = e < -125 ? -125 : e;
    return (double)(fabsl((long double)got - want) / ldexpl(1.0L, e - 24));
}

static const enum pum_isa levels[3] = {PUM_ISA_V2, PUM_ISA_V3, PUM_ISA_V4};

static int
level_count(void)
{
    const enum pum_isa top = pum_cpu_isa();
    return top >= PUM_ISA_V4 ? 3 : top == PUM_ISA_V3 ? 2 : 1;
}

static void
check_levels(const char *name, const float *first, const float *other, const float *a, const float *b, int level)
{
    for (int l = 0; l < PUM_LANES; l++) {
        if (!same(first[l], other[l]) && failures++ < 20) {
            printf("%s(%a, %a): v2 %a, v%d %a\n", name, (double)a[l], b ? (double)b[l] : 0.0, (double)first[l], level + 2, (double)other[l]);
        }
    }
}

struct fn1 {
    const char *name;
    enum pum_rt_math1 fn;
    long double (*ref)(long double);
    float lo, hi;    /* where the error is measured; equal bits are checked everywhere */
    double ulp, abs; /* limits: either one suffices */
};

static const struct fn1 fns1[] = {
    {"exp2", PUM_RT_EXP2, exp2l, -160, 160, 1, 0},       {"log2", PUM_RT_LOG2, log2l, 0, INFINITY, 1, 0},
    {"exp", PUM_RT_EXP, expl, -110, 110, 1, 0},          {"log", PUM_RT_LOG, logl, 0, INFINITY, 1, 0},
    {"sin", PUM_RT_SIN, sinl, -1e6f, 1e6f, 2.5, 1e-9},   {"cos", PUM_RT_COS, cosl, -1e6f, 1e6f, 2.5, 1e-9},
    {"tan", PUM_RT_TAN, tanl, -1e4f, 1e4f, 4, 0},        {"asin", PUM_RT_ASIN, asinl, -1, 1, 4, 0},
    {"acos", PUM_RT_ACOS, acosl, -1, 1, 4, 0},           {"atan", PUM_RT_ATAN, atanl, -INFINITY, INFINITY, 4, 0},
    {"sinh", PUM_RT_SINH, sinhl, -0x1.62e42ep6f, 0x1.62e42ep6f, 4, 0}, /* beyond, exp is infinite */
    {"cosh", PUM_RT_COSH, coshl, -0x1.62e42ep6f, 0x1.62e42ep6f, 4, 0},
    {"tanh", PUM_RT_TANH, tanhl, -INFINITY, INFINITY, 4, 0}, {"asinh", PUM_RT_ASINH, asinhl, -INFINITY, INFINITY, 4, 0},
    {"acosh", PUM_RT_ACOSH, acoshl, 1, INFINITY, 4, 0},  {"atanh", PUM_RT_ATANH, atanhl, -1, 1, 4, 0},
};

static void
run1(const struct fn1 *t)
{
    double worst = 0;
    float at = 0;
    const int n = level_count();
    /* Every 1021st float: all exponents, both signs, NaN and infinities among them; then a dense sweep of [-8, 8]. */
    for (int sweep = 0; sweep < 2; sweep++) {
        const uint64_t count = sweep ? 1u << 20 : (1ull << 32) / 1021;
        for (uint64_t i = 0; i < count; i += PUM_LANES) {
            _Alignas(64) float a[PUM_LANES], out[3][PUM_LANES];
            for (int l = 0; l < PUM_LANES; l++) {
                a[l] = sweep ? ((float)(i + (uint64_t)l) - 524288.0f) / 65536.0f : from_bits((uint32_t)((i + (uint64_t)l) * 1021));
            }
            for (int v = 0; v < n; v++) {
                pum_rt_table_get(levels[v])->math1[t->fn](out[v], a);
                check_levels(t->name, out[0], out[v], a, NULL, v);
            }
            for (int l = 0; l < PUM_LANES; l++) {
                if (!(a[l] >= t->lo && a[l] <= t->hi)) {
                    continue;
                }
                const long double want = t->ref((long double)a[l]);
                const double e = ulp_error(out[0][l], want);
                if (e > worst && !(fabsl((long double)out[0][l] - want) <= (long double)t->abs)) {
                    worst = e;
                    at = a[l];
                }
            }
        }
    }
    printf("%-6s max %6.3f ulp at %.9g (%a)\n", t->name, worst, (double)at, (double)at);
    if (worst > t->ulp) {
        failures++;
        printf("  above the limit of %g\n", t->ulp);
    }
}

static void
edge1(enum pum_rt_math1 fn, const char *name, float x, float want)
{
    _Alignas(64) float a[PUM_LANES], out[PUM_LANES];
    for (int l = 0; l < PUM_LANES; l++) {
        a[l] = x;
    }
    pum_rt_table_get(PUM_ISA_V2)->math1[fn](out, a);
    if (!same(out[0], want)) {
        failures++;
        printf("%s(%a) = %a, want %a\n", name, (double)x, (double)out[0], (double)want);
    }
}

static void
edge2(enum pum_rt_math2 fn, const char *name, float x, float y, float want)
{
    _Alignas(64) float a[PUM_LANES], b[PUM_LANES], out[PUM_LANES];
    for (int l = 0; l < PUM_LANES; l++) {
        a[l] = x;
        b[l] = y;
    }
    pum_rt_table_get(PUM_ISA_V2)->math2[fn](out, a, b);
    if (!same(out[0], want)) {
        failures++;
        printf("%s(%a, %a) = %a, want %a\n", name, (double)x, (double)y, (double)out[0], (double)want);
    }
}

static void
edges(void)
{
    const float pi = 3.14159265f;
    const struct {
        enum pum_rt_math1 fn;
        const char *name;
        float x, want;
    } e1[] = {
        {PUM_RT_EXP2, "exp2", 0, 1}, {PUM_RT_EXP2, "exp2", 3, 8}, {PUM_RT_EXP2, "exp2", 128, INFINITY}, {PUM_RT_EXP2, "exp2", -INFINITY, 0},
        {PUM_RT_EXP2, "exp2", INFINITY, INFINITY}, {PUM_RT_EXP2, "exp2", -149, from_bits(1)}, {PUM_RT_EXP2, "exp2", NAN, NAN},
        {PUM_RT_LOG2, "log2", 1, 0}, {PUM_RT_LOG2, "log2", 8, 3}, {PUM_RT_LOG2, "log2", 0, -INFINITY}, {PUM_RT_LOG2, "log2", -1, NAN},
        {PUM_RT_LOG2, "log2", INFINITY, INFINITY}, {PUM_RT_LOG2, "log2", from_bits(1), -149}, {PUM_RT_LOG2, "log2", NAN, NAN},
        {PUM_RT_EXP, "exp", 0, 1}, {PUM_RT_LOG, "log", 1, 0}, {PUM_RT_SIN, "sin", 0, 0}, {PUM_RT_SIN, "sin", INFINITY, NAN},
        {PUM_RT_SIN, "sin", -0.0f, -0.0f}, {PUM_RT_COS, "cos", 0, 1}, {PUM_RT_COS, "cos", -INFINITY, NAN}, {PUM_RT_TAN, "tan", 0, 0},
        {PUM_RT_ASIN, "asin", 0, 0}, {PUM_RT_ASIN, "asin", -0.0f, -0.0f}, {PUM_RT_ASIN, "asin", 2, NAN}, {PUM_RT_ACOS, "acos", 1, 0},
        {PUM_RT_ACOS, "acos", -2, NAN}, {PUM_RT_ATAN, "atan", -0.0f, -0.0f}, {PUM_RT_ATAN, "atan", INFINITY, pi / 2},
        {PUM_RT_SINH, "sinh", -0.0f, -0.0f}, {PUM_RT_SINH, "sinh", -INFINITY, -INFINITY}, {PUM_RT_SINH, "sinh", INFINITY, INFINITY},
        {PUM_RT_SINH, "sinh", -0x1.62e430p6f, -INFINITY}, {PUM_RT_COSH, "cosh", 0x1.62e430p6f, INFINITY}, {PUM_RT_COSH, "cosh", NAN, NAN},
        {PUM_RT_SINH, "sinh", -0x1.62e42ep6f, -0x1.ffff08p126f}, {PUM_RT_COSH, "cosh", 0x1.62e42ep6f, 0x1.ffff08p126f},
        {PUM_RT_COSH, "cosh", 0, 1}, {PUM_RT_COSH, "cosh", -INFINITY, INFINITY},
        {PUM_RT_TANH, "tanh", INFINITY, 1}, {PUM_RT_TANH, "tanh", -INFINITY, -1}, {PUM_RT_TANH, "tanh", -0.0f, -0.0f}, {PUM_RT_TANH, "tanh", NAN, NAN},
        {PUM_RT_ASINH, "asinh", -0.0f, -0.0f}, {PUM_RT_ASINH, "asinh", -INFINITY, -INFINITY}, {PUM_RT_ASINH, "asinh", NAN, NAN},
        {PUM_RT_ACOSH, "acosh", 1, 0}, {PUM_RT_ACOSH, "acosh", 0.5f, NAN}, {PUM_RT_ACOSH, "acosh", INFINITY, INFINITY},
        {PUM_RT_ATANH, "atanh", 1, INFINITY}, {PUM_RT_ATANH, "atanh", -1, -INFINITY}, {PUM_RT_ATANH, "atanh", 2, NAN}, {PUM_RT_ATANH, "atanh", -0.0f, -0.0f},
    };
    for (size_t i = 0; i < sizeof(e1) / sizeof(e1[0]); i++) {
        edge1(e1[i].fn, e1[i].name, e1[i].x, e1[i].want);
    }
    const struct {
        enum pum_rt_math2 fn;
        const char *name;
        float x, y, want;
    } e2[] = {
        {PUM_RT_POW, "pow", 5, 0, 1}, {PUM_RT_POW, "pow", 0, 2, 0}, {PUM_RT_POW, "pow", 0, -1, INFINITY}, {PUM_RT_POW, "pow", 1, 1e30f, 1},
        {PUM_RT_POW, "pow", 2, 10, 1024}, {PUM_RT_POW, "pow", 2, INFINITY, INFINITY}, {PUM_RT_POW, "pow", 0.5f, INFINITY, 0},
        {PUM_RT_POW, "pow", 3, 1, 3}, {PUM_RT_POW, "pow", INFINITY, -1, 0}, {PUM_RT_POW, "pow", 10, 2, 100}, {PUM_RT_POW, "pow", -1, 0.5f, NAN},
        {PUM_RT_ATAN2, "atan2", 0, 1, 0}, {PUM_RT_ATAN2, "atan2", -0.0f, 1, -0.0f}, {PUM_RT_ATAN2, "atan2", 0, -1, pi},
        {PUM_RT_ATAN2, "atan2", -0.0f, -1, -pi}, {PUM_RT_ATAN2, "atan2", 1, 0, pi / 2}, {PUM_RT_ATAN2, "atan2", -1, 0, -pi / 2},
        {PUM_RT_ATAN2, "atan2", INFINITY, INFINITY, pi / 4}, {PUM_RT_ATAN2, "atan2", 1, INFINITY, 0}, {PUM_RT_ATAN2, "atan2", NAN, 1, NAN},
        {PUM_RT_ATAN2, "atan2", 1, -INFINITY, pi}, {PUM_RT_ATAN2, "atan2", -INFINITY, 1, -pi / 2},
    };
    for (size_t i = 0; i < sizeof(e2) / sizeof(e2[0]); i++) {
        edge2(e2[i].fn, e2[i].name, e2[i].x, e2[i].y, e2[i].want);
    }
}

static uint32_t
next_rand(uint64_t *s)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(*s >> 32);
}

static void
run2(void)
{
    double pow_worst = 0, atan_worst = 0;
    uint64_t s = 1, fma_bad = 0;
    const int n = level_count();
    for (uint32_t i = 0; i < 1u << 17; i++) {
        _Alignas(64) float a[PUM_LANES], b[PUM_LANES], c[PUM_LANES], out[3][PUM_LANES];
        for (int l = 0; l < PUM_LANES; l++) {
            const uint32_t ra = next_rand(&s), rb = next_rand(&s), rc = next_rand(&s);
            /* half of the inputs arbitrary bits, half ordinary magnitudes */
            a[l] = i & 1 ? from_bits(ra) : ldexpf((float)(ra >> 8), -(int)(ra & 31));
            b[l] = i & 1 ? from_bits(rb) : ((float)rb - 2147483648.0f) / 67108864.0f;
            c[l] = i & 2 ? from_bits(rc) : -(a[l] * b[l]); /* cancellation: the rounding error of the product remains */
        }
        for (int v = 0; v < n; v++) {
            pum_rt_table_get(levels[v])->math2[PUM_RT_POW](out[v], a, b);
            check_levels("pow", out[0], out[v], a, b, v);
        }
        for (int l = 0; l < PUM_LANES; l++) {
            if (a[l] > 0 && !isinf(a[l]) && !isnan(b[l])) {
                pow_worst = fmax(pow_worst, ulp_error(out[0][l], powl((long double)a[l], (long double)b[l])));
            }
        }
        for (int v = 0; v < n; v++) {
            pum_rt_table_get(levels[v])->math2[PUM_RT_ATAN2](out[v], a, b);
            check_levels("atan2", out[0], out[v], a, b, v);
        }
        for (int l = 0; l < PUM_LANES; l++) {
            atan_worst = fmax(atan_worst, ulp_error(out[0][l], atan2l((long double)a[l], (long double)b[l])));
        }
        for (int v = 0; v < n; v++) {
            pum_rt_table_get(levels[v])->ffma(out[v], a, b, c);
            for (int l = 0; l < PUM_LANES; l++) {
                if (!same(out[v][l], fmaf(a[l], b[l], c[l])) && fma_bad++ < 5) {
                    printf("ffma v%d (%a, %a, %a) = %a, want %a\n", v + 2, (double)a[l], (double)b[l], (double)c[l], (double)out[v][l],
                           (double)fmaf(a[l], b[l], c[l]));
                }
            }
        }
    }
    printf("pow    max %6.3f ulp\natan2  max %6.3f ulp\nffma   %llu wrong\n", pow_worst, atan_worst, (unsigned long long)fma_bad);
    failures += pow_worst > 16 || atan_worst > 4 || fma_bad;
}

int
main(void)
{
    for (size_t i = 0; i < sizeof(fns1) / sizeof(fns1[0]); i++) {
        run1(&fns1[i]);
    }
    run2();
    edges();
    printf("%d levels, %s\n", level_count(), failures ? "FAILED" : "ok");
    return failures ? 1 : 0;
}
