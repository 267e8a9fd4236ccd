/* Transcendental functions on 16 lanes: double precision inside, so that the float result is nearly always the nearest one.
 *
 * Only IEEE additions, multiplications, divisions and square roots in a fixed order: every ISA level gives the same bits. Loops over the
 * lanes are branch-free, so that the compiler vectorises them. Bounds of the SPEC (spirvenv-precision-operation) are met with room; the
 * test measures.
 */
#include "rt/rt_isa.h"
#include "rt/rt_log2.h"

#define EACH for (int l = 0; l < PUM_LANES; l++)

static inline double
exp2_d(double x)
{
    x = x > 1000.0 ? 1000.0 : x;
    x = x < -1000.0 ? -1000.0 : x; /* NaN passes both */
    const double t = x + MAGIC;
    const double n = t - MAGIC, f = x - n;
    /* 2^f on [-0.5, 0.5]: the series of e^(f ln 2) */
    const double p =
        1.0 + f * (0.69314718055994530942 + f * (0.24022650695910071233 + f * (0.055504108664821579953 + f * (0.0096181291076284771620 +
        f * (0.0013333558146428443423 + f * (0.00015403530393381609954 + f * (1.5252733804059840280e-05 +
        f * (1.3215486790144309488e-06 + f * 1.0178086009239699727e-07))))))));
    const uint64_t scale = (to_bits(t) - to_bits(MAGIC) + 1023) << 52;
    return p * from_bits(scale);
}

/* sine and cosine of r in [-pi/4, pi/4] */
static inline double
sin_poly(double r)
{
    const double z = r * r;
    return r * (1.0 + z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800))))));
}

static inline double
cos_poly(double r)
{
    const double z = r * r;
    return 1.0 + z * (-0.5 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800 + z * (1.0 / 479001600))))));
}

/* shift 0: sine, 1: cosine */
static inline double
sin_cos(double x, uint64_t shift)
{
    const double ax = x < 0 ? -x : x;
    const double y = ax < 1e9 ? x : 0.0; /* far out the argument itself has no fraction left worth reducing */
    const double t = y * 0.63661977236758134308 + MAGIC;
    const double q = t - MAGIC;
    const uint64_t n = to_bits(t) + shift;
    const double r = (y - q * 1.5707963267341256142) - q * 6.0771005065061922010e-11;
    const double v = n & 1 ? cos_poly(r) : sin_poly(r);
    const double s = n & 2 ? -v : v;
    return x - x == 0.0 ? s : x - x; /* NaN for infinities and NaN */
}

/* atan of [0, 1] */
static inline double
atan_01(double x)
{
    const double sqrt3 = 1.7320508075688772935;
    const double y = (x * sqrt3 - 1.0) / (x + sqrt3);
    const double r = x > 0.26794919243112270647 ? y : x;
    const double z = r * r;
    const double p = r - r * z * (1.0 / 3 - z * (1.0 / 5 - z * (1.0 / 7 - z * (1.0 / 9 - z * (1.0 / 11 - z * (1.0 / 13 - z * (1.0 / 15)))))));
    return x > 0.26794919243112270647 ? p + 0.52359877559829887308 : p;
}

static inline double
copy_sign(double mag, double sign)
{
    return from_bits((to_bits(mag) & 0x7fffffffffffffffull) | (to_bits(sign) & 0x8000000000000000ull));
}

static inline double
atan2_d(double y, double x)
{
    const double inf = from_bits(0x7ff0000000000000ull);
    const double ax = copy_sign(x, 0.0), ay = copy_sign(y, 0.0);
    const double hi = ax > ay ? ax : ay, lo = ax > ay ? ay : ax;
    double t = lo / (hi == 0.0 ? 1.0 : hi);
    t = lo == inf ? 1.0 : t;
    double a = atan_01(t);
    a = ay > ax ? 1.5707963267948966192 - a : a;
    a = to_bits(x) >> 63 ? 3.1415926535897932385 - a : a;
    a = copy_sign(a, y);
    return x != x || y != y ? x + y : a;
}

static inline double
exp_d(double x)
{
    return exp2_d(x * 1.4426950408889634074);
}

static inline double
sinh_d(double x)
{
    const double z = x * x, e = exp_d(x);
    const double small = x + x * z * (1.0 / 6 + z * (1.0 / 120 + z * (1.0 / 5040)));
    return copy_sign(x, 0.0) < 0.5 ? small : 0.5 * (e - 1.0 / e);
}

static inline double
cosh_d(double x)
{
    const double e = exp_d(x);
    return 0.5 * (e + 1.0 / e);
}

/* SPEC: sinh and cosh inherit their precision from (exp(x) -+ exp(-x)) * 0.5. Where exp of a float is infinite, so are they: what the
 * formula gives is allowed as the finite true value is, and is what implementations agree on. */
static inline float
exp_overflow(float r, double x)
{
    return (float)exp_d(copy_sign(x, 0.0)) < __builtin_inff() || x != x ? r : (float)copy_sign(from_bits(0x7ff0000000000000ull), (double)r);
}

static inline double
asinh_d(double x)
{
    const double a = copy_sign(x, 0.0), big = 0.69314718055994530942 * log2_d(a + __builtin_sqrt(a * a + 1.0));
    return copy_sign(a < 1e-3 ? a - a * a * a * (1.0 / 6) : big, x);
}

static inline double
atanh_d(double x)
{
    const double a = copy_sign(x, 0.0), big = 0.34657359027997265471 * log2_d((1.0 + a) / (1.0 - a));
    return copy_sign(a < 1e-3 ? a + a * a * a * (1.0 / 3) : big, x);
}

static void
fn_exp2(float *out, const float *a)
{
    EACH out[l] = (float)exp2_d((double)a[l]);
}

static void
fn_log2(float *out, const float *a)
{
    EACH out[l] = (float)log2_d((double)a[l]);
}

static void
fn_exp(float *out, const float *a)
{
    EACH out[l] = (float)exp_d((double)a[l]);
}

static void
fn_log(float *out, const float *a)
{
    EACH out[l] = (float)(log2_d((double)a[l]) * 0.69314718055994530942);
}

/* Sine (half = 0) and cosine (half = 0.5) in single precision, for |x| <= NEAR: x = n pi + r, |r| <= pi / 2, and the sine of r by an odd polynomial
 * (weighted minimax, relative error 5e-9). pi is cut so that n times its first two parts is exact: n has 13 bits, they have 8 and 11. */
#define NEAR 8192.0f
static inline float
sin_near(float x, float half)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits */
    const float t = (x * 0.318309886f - half) + magic;
    const float n = (t - magic) + half;
    const float r = ((x - n * 3.140625f) - n * 0.0009675025939941406f) - n * 1.5099580252808664e-07f;
    const float z = r * r;
    union {
        float f;
        uint32_t u;
    } rounded = {t}, signed_r = {r}, v = {r < 0 ? -r : r};
    v.f = v.f + (v.f * z) * (-0.16666660416203222f + z * (0.00833308680368378f + z * (-0.00019811001504318413f + z * 2.6086644482853395e-06f)));
    v.u ^= ((rounded.u << 31) ^ (half != 0 ? 0x80000000u : 0u)) ^ (signed_r.u & 0x80000000u); /* so that zeros keep their sign */
    return v.f;
}

/* A lane's result depends on nothing but its own argument. */
static inline __attribute__((always_inline)) void
sin_cos_16(float *out, const float *a, int cosine)
{
    int far_out = 0;
    EACH far_out |= (a[l] < 0 ? -a[l] : a[l]) > NEAR;
    float v[PUM_LANES];
    EACH v[l] = sin_near(a[l], cosine ? 0.5f : 0.0f);
    if (far_out) {
        EACH v[l] = (a[l] < 0 ? -a[l] : a[l]) > NEAR ? (float)sin_cos((double)a[l], (uint64_t)cosine) : v[l];
    }
    EACH out[l] = v[l];
}

static void
fn_sin(float *out, const float *a)
{
    sin_cos_16(out, a, 0);
}

static void
fn_cos(float *out, const float *a)
{
    sin_cos_16(out, a, 1);
}

static void
fn_tan(float *out, const float *a)
{
    EACH out[l] = (float)(sin_cos((double)a[l], 0) / sin_cos((double)a[l], 1));
}

static void
fn_asin(float *out, const float *a)
{
    EACH
    {
        const double x = (double)a[l];
        out[l] = (float)atan2_d(x, __builtin_sqrt((1.0 - x) * (1.0 + x)));
    }
}

static void
fn_acos(float *out, const float *a)
{
    EACH
    {
        const double x = (double)a[l];
        out[l] = (float)atan2_d(__builtin_sqrt((1.0 - x) * (1.0 + x)), x);
    }
}

static void
fn_atan(float *out, const float *a)
{
    EACH out[l] = (float)atan2_d((double)a[l], 1.0);
}

static void
fn_sinh(float *out, const float *a)
{
    EACH out[l] = exp_overflow((float)sinh_d((double)a[l]), (double)a[l]);
}

static void
fn_cosh(float *out, const float *a)
{
    EACH out[l] = exp_overflow((float)cosh_d((double)a[l]), (double)a[l]);
}

static void
fn_tanh(float *out, const float *a)
{
    EACH
    {
        double x = (double)a[l];
        x = x > 20.0 ? 20.0 : x < -20.0 ? -20.0 : x;
        out[l] = (float)(sinh_d(x) / cosh_d(x));
    }
}

static void
fn_asinh(float *out, const float *a)
{
    EACH out[l] = (float)asinh_d((double)a[l]);
}

static void
fn_acosh(float *out, const float *a)
{
    EACH
    {
        const double x = (double)a[l];
        out[l] = (float)(0.69314718055994530942 * log2_d(x + __builtin_sqrt(x * x - 1.0)));
    }
}

static void
fn_atanh(float *out, const float *a)
{
    EACH out[l] = (float)atanh_d((double)a[l]);
}

static void
fn_pow(float *out, const float *a, const float *b)
{
    EACH
    {
        const double y = (double)b[l];
        const double r = exp2_d(y * log2_d((double)a[l]));
        out[l] = y == 0.0 ? 1.0f : (float)r;
    }
}

static void
fn_atan2(float *out, const float *a, const float *b)
{
    EACH out[l] = (float)atan2_d((double)a[l], (double)b[l]);
}

/* Exact fused multiply-add: the product of two floats is exact in double; the sum is made round-to-odd before the last rounding. */
static void
fn_ffma(float *out, const float *a, const float *b, const float *c)
{
    EACH
    {
        const double p = (double)a[l] * (double)b[l], z = (double)c[l];
        const double s = p + z;
        const double bb = s - p;
        const double err = (p - (s - bb)) + (z - bb);
        uint64_t bits = to_bits(s);
        const int inexact = err != 0.0 && err == err && (bits & 1) == 0 && (bits & 0x7ff0000000000000ull) != 0x7ff0000000000000ull;
        const int away = (err > 0.0) == (s > 0.0);
        bits = inexact ? away ? bits + 1 : bits - 1 : bits;
        out[l] = (float)from_bits(bits);
    }
}

static void
fn_dfma(double *out, const double *a, const double *b, const double *c)
{
    EACH out[l] = __builtin_fma(a[l], b[l], c[l]); /* the machine's, or the C library's, which is exact */
}

#define M1(name, fn) [PUM_RT_##name] = fn_##fn,
#define M2(name, fn) [PUM_RT_##name] = fn_##fn,
const struct pum_rt_table RT_NAME(pum_rt_table) = {
    .math1 = {PUM_RT_MATH1(M1)},
    .math2 = {PUM_RT_MATH2(M2)},
    .ffma = fn_ffma,
    .dfma = fn_dfma,
    .tex = RT_NAME(pum_rt_tex),
    .img_load = RT_NAME(pum_rt_img_load),
    .img_store = RT_NAME(pum_rt_img_store),
    .img_atomic = RT_NAME(pum_rt_img_atomic),
    .ray_begin = RT_NAME(pum_rt_ray_begin),
    .ray_proceed = RT_NAME(pum_rt_ray_proceed),
    .ray_get = RT_NAME(pum_rt_ray_get),
    .ray = RT_NAME(pum_rt_ray),
#if defined(__AVX512F__)
    .tex2d = (void (*)(void))RT_NAME(pum_rt_tex2d),
    .tex2d_lod = (void (*)(void))RT_NAME(pum_rt_tex2d_lod),
#endif
};
