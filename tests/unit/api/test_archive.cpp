#include <concepts>
#include <type_traits>
#include <utility>

#include "sample.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"

namespace snapq::tests {
namespace {

static_assert(!std::copyable<Archive>);
static_assert(std::is_nothrow_move_constructible_v<Archive> && std::is_nothrow_move_assignable_v<Archive>);

TEST_CASE("an archive says what it is and what it contains") {
    const Archive archive(sample_archive());
    CHECK(archive.path() == sample_archive());
    CHECK(archive.kind() == ArchiveKind::snapq_zip);
    CHECK(archive.devices() == std::vector<std::int64_t>{0});
    CHECK(archive.has_table("allocations"));
    CHECK_FALSE(archive.has_table("nothing"));
    REQUIRE(archive.entries().size() == 3);
    CHECK(archive.entries()[0].name == "allocations.json");
    CHECK(archive.entries()[0].method == "deflate");
    CHECK(archive.entries()[0].bytes > archive.entries()[0].compressed_bytes);
}

TEST_CASE("the manifest has what the conversion was told") {
    const auto manifest = Archive(sample_archive()).manifest();
    REQUIRE(manifest);
    CHECK(manifest->format_version == 1);
    CHECK(manifest->snapq_version == version());
    CHECK(manifest->source_name == "sample-training-step.pickle");
    CHECK(manifest->source_bytes == std::filesystem::file_size(k_sample_snapshot));
    CHECK(manifest->source_kind == "pickle");
    CHECK(manifest->labels.at("branch") == "main");
    CHECK(manifest->rank == 3);
    CHECK(manifest->devices == std::vector<std::int64_t>{0});
    CHECK(manifest->timeline_exact);
}

TEST_CASE("an archive of SnapViewer's converter has neither a manifest nor a device number") {
    const ScratchFolder folder;
    const Archive archive(folder.file("foreign.zip", snapviewer_zip()));
    CHECK(archive.kind() == ArchiveKind::snapviewer_zip);
    CHECK_FALSE(archive.manifest());
    CHECK(archive.devices() == std::vector<std::int64_t>{0});
}

TEST_CASE("what is not an archive is an InputError that names the file") {
    const auto check_refused = [](const std::string& path, const std::string& message) {
        try {
            const Archive archive(path);
            FAIL("opened " << path);
        } catch (const InputError& error) {
            CHECK(error.file() == path);
            CHECK(error.message() == message);
        }
    };
    const ScratchFolder folder;
    check_refused(folder / "none.zip", "does not exist");
    check_refused(k_sample_snapshot, "is not a snapq archive");
}

TEST_CASE("a moved-from archive refuses questions and can be assigned to") {
    Archive archive(sample_archive());
    Archive other(std::move(archive));
    CHECK(other.devices().size() == 1);
    // NOLINTBEGIN(bugprone-use-after-move): this is what is tested
    CHECK_THROWS_AS(archive.path(), UsageError);
    CHECK_THROWS_AS(archive.manifest(), UsageError);
    CHECK_THROWS_AS(archive.devices(), UsageError);
    CHECK_THROWS_AS(Session(archive), UsageError);
    CHECK_THROWS_AS(summarize(archive), UsageError);
    CHECK_THROWS_AS(diff(other, archive), UsageError);
    archive = std::move(other);
    CHECK(archive.devices().size() == 1);
    // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace snapq::tests
