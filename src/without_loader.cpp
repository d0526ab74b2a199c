// For a static program. SQLite calls the functions of <dlfcn.h> to load an extension, which snapq never
// allows. The linker sends these calls here (scripts/cmake/static.cmake), because the functions of glibc need
// a system with the same glibc. These load nothing.

// The linker has chosen the names. NOLINTBEGIN(*-identifier*)
extern "C" {

void* __wrap_dlopen(const char*, int) {
    return nullptr;
}
void* __wrap_dlsym(void*, const char*) {
    return nullptr;
}
int __wrap_dlclose(void*) {
    return -1;
}
char* __wrap_dlerror() {
    static char text[] = "a static program loads no libraries";
    return text;
}
}
// NOLINTEND(*-identifier*)
