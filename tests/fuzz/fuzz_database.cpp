// Queries any bytes as the database of an archive whose container is valid.
#include "fuzz/questions.hpp"
#include "support/archive_fixture.hpp"

SNAPQ_FUZZ_TARGET(database, data, size) {
    if (size == 0) return 0;  // an entry without chunks
    snapq::tests::ArchiveFixture fixture{.method = snapq::zip::Compression::store,
                                         .chunk_size = 4096,
                                         .database = snapq::fuzz::text_of(data, size),
                                         .manifest_bytes = {}};
    const snapq::tests::MemoryFile file(fixture.zip());
    snapq::fuzz::accepts([&] { snapq::fuzz::ask_everything(snapq::archive::open_archive(file.path())); });
    return 0;
}
