/* Files of machine code: what is written comes back, what is damaged, foreign or odd does not, and room is bounded. Each case is a process,
 * because the environment is read once. usage: test_disk_cache FOLDER */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/disk_cache.h"

#define FAIL(...) (fprintf(stderr, __VA_ARGS__), exit(1))

static char root[PATH_MAX / 2];

static struct pum_cache_entry
entry(uint64_t n, uint32_t size_B)
{
    struct pum_cache_entry e;
    memset(&e, 0, sizeof(e));
    e.key = pum_hash(&n, sizeof(n));
    e.info.local_size[0] = (uint32_t)n;
    e.image.data = malloc(size_B);
    e.image.size_B = size_B;
    e.image.text_B = 4096;
    e.image.isa = 1;
    if (!e.image.data) {
        FAIL("memory\n");
    }
    for (uint32_t i = 0; i < size_B; i++) {
        e.image.data[i] = (uint8_t)(i * 7 + n);
    }
    return e;
}

static bool
comes_back(const struct pum_cache_entry *e)
{
    struct pum_cache_entry got;
    if (!pum_disk_cache_load(&e->key, &got)) {
        if (got.image.data) {
            FAIL("a failed load left an image\n");
        }
        return false;
    }
    if (got.image.size_B != e->image.size_B || memcmp(got.image.data, e->image.data, e->image.size_B) != 0 ||
        got.info.local_size[0] != e->info.local_size[0] || got.image.text_B != e->image.text_B) {
        FAIL("something else came back\n");
    }
    pum_jit_image_free(&got.image);
    return true;
}

static void
path_of(const struct pum_cache_entry *e, char path[PATH_MAX])
{
    char hex[33];
    snprintf(hex, sizeof(hex), "%016llx%016llx", (unsigned long long)e->key.hi, (unsigned long long)e->key.lo);
    snprintf(path, PATH_MAX, "%s/%.2s/%s", root, hex, hex + 2);
}

static void
put_bytes(const char *path, const void *data, size_t size_B)
{
    (void)unlink(path); /* file systems flush what is truncated */
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, data, size_B) != (ssize_t)size_B || close(fd) != 0) {
        FAIL("cannot write %s\n", path);
    }
}

/* Every length and every changed byte of a file: no load, or the right one. */
static void
damage(void)
{
    struct pum_cache_entry e = entry(1, 5000);
    char path[PATH_MAX];
    path_of(&e, path);
    pum_disk_cache_add(&e);
    if (!comes_back(&e)) {
        FAIL("the first file did not come back\n");
    }
    static uint8_t good[16384], bad[16384];
    const int fd = open(path, O_RDONLY);
    const ssize_t n = read(fd, good, sizeof(good));
    close(fd);
    if (n < 5000 || n == sizeof(good)) {
        FAIL("a file of %zd bytes\n", n);
    }
    for (ssize_t i = 0; i < n; i += i < 1200 ? 1 : 37) {
        put_bytes(path, good, (size_t)i);
        if (comes_back(&e)) {
            FAIL("%zd of %zd bytes were enough\n", i, n);
        }
        memcpy(bad, good, (size_t)n);
        bad[i] ^= 0x40;
        put_bytes(path, bad, (size_t)n);
        if (comes_back(&e) && (i < 9 || i >= 16) && i < n - 8) { /* zeros behind magic and image do not matter */
            FAIL("byte %zd was changed\n", i);
        }
    }
    put_bytes(path, good, (size_t)n);
    struct pum_cache_entry other = entry(2, 5000);
    char other_path[PATH_MAX];
    path_of(&other, other_path);
    pum_disk_cache_add(&other);
    put_bytes(other_path, good, (size_t)n);
    if (comes_back(&other)) {
        FAIL("the file of another key\n");
    }
    pum_disk_cache_add(&other);
    if (!comes_back(&other)) {
        FAIL("a damaged file was not replaced\n");
    }
    free(e.image.data);
    free(other.image.data);
}

static void
odd_files(void)
{
    struct pum_cache_entry e = entry(3, 5000);
    char path[PATH_MAX], moved[PATH_MAX + 8];
    path_of(&e, path);
    snprintf(moved, sizeof(moved), "%s.moved", path);
    pum_disk_cache_add(&e);
    if (chmod(path, 0620) != 0 || comes_back(&e)) {
        FAIL("a file that others can write\n");
    }
    if (chmod(path, 0600) != 0 || !comes_back(&e) || rename(path, moved) != 0 || symlink(moved, path) != 0 || comes_back(&e)) {
        FAIL("a link\n");
    }
    if (unlink(path) != 0 || mkfifo(path, 0600) != 0 || comes_back(&e)) {
        FAIL("a pipe\n");
    }
    if (unlink(path) != 0 || mkdir(path, 0700) != 0 || comes_back(&e)) {
        FAIL("a folder\n");
    }
    pum_disk_cache_add(&e); /* cannot replace it, must not mind */
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    if (rmdir(path) != 0 || rename(moved, path) != 0 || !comes_back(&e) || chmod(folder, 0777) != 0 || comes_back(&e)) {
        FAIL("a folder that others can write\n");
    }
    if (chmod(folder, 0700) != 0 || truncate(path, (off_t)1 << 40) != 0 || comes_back(&e)) {
        FAIL("a huge file\n");
    }
    free(e.image.data);
}

/* 600 files of 100 KB that all fall into a few subfolders: what remains is bounded, and the latest is there. */
static void
room(void)
{
    struct pum_cache_entry e = entry(4, 100000);
    for (uint32_t i = 0; i < 600; i++) {
        e.key.hi = (uint64_t)(i % 2) << 56 | i;
        e.key.lo = pum_hash(&i, sizeof(i)).lo;
        pum_disk_cache_add(&e);
        if (!comes_back(&e)) {
            FAIL("file %u is gone at once\n", i);
        }
    }
    for (int f = 0; f < 2; f++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/%02x", root, f);
        DIR *d = opendir(path);
        uint32_t n = 0;
        while (d && readdir(d)) {
            n++;
        }
        if (!d || n > 2 + 10 + 60 || n < 5) {
            FAIL("%u files remain in %s\n", n, path);
        }
        closedir(d);
    }
    free(e.image.data);
}

static void
switched_off(void)
{
    struct pum_cache_entry e = entry(1, 5000);
    pum_disk_cache_add(&e);
    if (comes_back(&e)) {
        FAIL("switched off, but it came back\n");
    }
    free(e.image.data);
}

static int
run(const char *name, void (*f)(void), const char *var, const char *value)
{
    const pid_t child = fork();
    if (child == 0) {
        setenv(var, value, 1);
        f();
        exit(0);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "%s failed\n", name);
        return 1;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        return 2;
    }
    char command[PATH_MAX];
    snprintf(command, sizeof(command), "rm -rf '%s' && mkdir -p '%s'", argv[1], argv[1]);
    if (system(command) != 0) {
        return 1;
    }
    umask(022);
    unsetenv("PUMICE_CACHE");
    unsetenv("PUMICE_CACHE_RO_DIR");
    snprintf(root, sizeof(root), "%s/a/b", argv[1]);
    int failed = run("damage", damage, "PUMICE_CACHE_DIR", root) + run("odd files", odd_files, "PUMICE_CACHE_DIR", root);
    snprintf(root, sizeof(root), "%s/xdg/pumice", argv[1]);
    char xdg[PATH_MAX];
    snprintf(xdg, sizeof(xdg), "%s/xdg", argv[1]);
    unsetenv("PUMICE_CACHE_DIR");
    failed += run("room", room, "XDG_CACHE_HOME", xdg);
    failed += run("off", switched_off, "PUMICE_CACHE", "0");
    return failed != 0;
}
