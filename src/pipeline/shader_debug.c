#include "pipeline/shader_debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ir/lines.h"
#include "pipeline/shader.h"
#include "spirv/spirv.h"
#include "util/log.h"

#define NAME_B 100u /* of a file, its end included */

/* Everybody may write to /tmp: only a folder that is this user's and nobody else's will do. Returns a descriptor, -1 on failure. */
static int
open_folder(int at, const char *name)
{
    struct stat st;
    if (mkdirat(at, name, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 022))) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static void
base_name(const char *path, uint32_t index, char out[NAME_B])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        snprintf(out, NAME_B, "source-%u", index);
        return;
    }
    snprintf(out, NAME_B, "%s", base);
    for (char *c = out; *c; c++) {
        *c = (unsigned char)*c < 0x20 ? '_' : *c;
    }
}

/* glslang puts what it did, as comments, and "#line 1" before the text. */
static const char *
real_text(const char *text)
{
    const char *at = text;
    while (strncmp(at, "// OpModuleProcessed", 20) == 0 && strchr(at, '\n')) {
        at = strchr(at, '\n') + 1;
    }
    return at > text && strncmp(at, "#line 1\n", 8) == 0 ? at + 8 : text;
}

/* Appears as a whole: other processes may write the same. */
static bool
write_file(int folder, const char *name, const char *text)
{
    char tmp[32];
    struct stat st;
    const size_t n = strlen(text);
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size == (off_t)n) {
        return true;
    }
    snprintf(tmp, sizeof(tmp), ".%d-%d", (int)getpid(), (int)gettid());
    const int fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    const bool ok = write(fd, text, n) == (ssize_t)n;
    close(fd);
    if (ok && renameat(folder, tmp, folder, name) == 0) {
        return true;
    }
    unlinkat(folder, tmp, 0);
    return false;
}

/* The path for one file, malloc'd; NULL on failure. */
static char *
write_source(int top, const char *folder, const struct pum_ir_lines *l, uint32_t index)
{
    char name[NAME_B], other[NAME_B], own[16] = "";
    base_name(l->files[index].name, index, name);
    for (uint32_t i = 0; i < index && !*own; i++) {
        base_name(l->files[i].name, i, other);
        if (strcmp(name, other) == 0) { /* a/x.glsl and b/x.glsl */
            snprintf(own, sizeof(own), "%u", index);
        }
    }
    const int sub = *own ? open_folder(top, own) : top;
    char *path = NULL;
    if (sub >= 0 && write_file(sub, name, real_text(l->files[index].text)) &&
        asprintf(&path, "%s/%s%s%s", folder, own, *own ? "/" : "", name) < 0) {
        path = NULL;
    }
    if (*own && sub >= 0) {
        close(sub);
    }
    return path;
}

static void
write_sources(struct pum_shader_debug *d, struct pum_hash128 module, bool files)
{
    char user[48], hash[20], folder[80];
    snprintf(user, sizeof(user), "/tmp/pumice-%u", (unsigned)geteuid());
    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)module.lo);
    snprintf(folder, sizeof(folder), "%s/%s", user, hash);
    const int outer = files ? open_folder(AT_FDCWD, user) : -1, top = outer >= 0 ? open_folder(outer, hash) : -1;
    if (files && top < 0) {
        pum_log(PUM_LOG_WARN, "source of shaders: cannot write to %s: %s", folder, strerror(errno));
    }
    for (uint32_t i = 0; i < d->lines->n_files; i++) {
        const struct pum_ir_file *f = &d->lines->files[i];
        char *path = top >= 0 && f->text ? write_source(top, folder, d->lines, i) : NULL;
        d->paths[i] = path ? path : strdup(f->name);
    }
    if (top >= 0) {
        close(top);
    }
    if (outer >= 0) {
        close(outer);
    }
}

void
pum_shader_debug_init(struct pum_shader_debug *d, const uint32_t *words, size_t n_words, struct pum_hash128 module, enum pum_stage stage,
                      const char *entry_point, bool files)
{
    memset(d, 0, sizeof(*d));
    snprintf(d->name, sizeof(d->name), "%s_%.60s", stage < PUM_STAGE_COUNT ? pum_stage_info(stage)->suffix : "shader", entry_point);
    d->lines = words ? pum_spirv_lines(words, n_words) : NULL;
    d->paths = d->lines ? calloc(d->lines->n_files + 1, sizeof(d->paths[0])) : NULL;
    bool ok = d->paths != NULL;
    if (ok) {
        d->n_paths = d->lines->n_files;
        write_sources(d, module, files);
    }
    for (uint32_t i = 0; i < d->n_paths; i++) {
        ok = ok && d->paths[i];
    }
    if (!ok) { /* none, or out of memory */
        free(d->lines);
        d->lines = NULL;
    }
}

void
pum_shader_debug_finish(struct pum_shader_debug *d)
{
    for (uint32_t i = 0; i < d->n_paths; i++) {
        free((void *)(uintptr_t)d->paths[i]);
    }
    free(d->paths);
    free(d->lines);
    memset(d, 0, sizeof(*d));
}

void
pum_shader_debug_title(const struct pum_shader_debug *d, struct pum_hash128 module, char out[200])
{
    uint32_t lo = UINT32_MAX, hi = 0, file = 0;
    for (uint32_t i = 0; d->lines && i < d->lines->n_lines; i++) {
        const struct pum_ir_line *l = &d->lines->lines[i];
        if (l->line && hi == 0) {
            file = l->file;
        }
        if (l->line && l->file == file) {
            lo = PUM_MIN(lo, l->line);
            hi = PUM_MAX(hi, l->line);
        }
    }
    char place[NAME_B + 32] = "", base[NAME_B];
    if (hi) {
        base_name(d->lines->files[file].name, file, base);
        snprintf(place, sizeof(place), " %.60s:%u-%u", base, lo, hi);
    }
    snprintf(out, 200, "%s%.90s %016llx", d->name, place, (unsigned long long)module.lo);
}
