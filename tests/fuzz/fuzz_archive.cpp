// Opens, queries and verifies any bytes as an archive.
#include "archive/inspection.hpp"
#include "fuzz/questions.hpp"

SNAPQ_FUZZ_TARGET(archive, data, size) {
    const snapq::tests::MemoryFile file(snapq::fuzz::text_of(data, size));
    snapq::fuzz::accepts([&] {
        snapq::fuzz::ask_everything(snapq::archive::open_archive(file.path()));
        static_cast<void>(snapq::archive::verify_archive(file.path()));
    });
    return 0;
}
