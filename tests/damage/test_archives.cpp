// Archives of every kind, damaged at every position: each command gives the right answer or an error, and
// `verify` finds all damage that would change an answer.
#include <array>
#include <functional>
#include <map>
#include <optional>

#include "analysis/summary/summary.hpp"
#include "archive/inspection.hpp"
#include "convert/converter.hpp"
#include "damage/damage.hpp"
#include "render/reports.hpp"
#include "render/summary.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/memory_file.hpp"

using namespace snapq;
using namespace snapq::tests;
using archive::ArchiveReader;
using tests::read_file;
using tests::write_file;

namespace {

// Numbers of positions. A question takes up to a millisecond, verify takes some milliseconds.
constexpr std::size_t k_positions_of_archive = 1000;
constexpr std::size_t k_positions_of_file = 150;

// Peak memory of the whole test, which is what one query may take.
constexpr std::int64_t k_memory_kib = 48 << 10;

const std::string k_snapshot = SNAPQ_SOURCE_DIR "/tests/corpus/snapshot/seed-cpp";

void convert_to(const std::string& target, const convert::ConvertOptions& options) {
    convert::convert_file(k_snapshot, target, options);
}

std::string converted(zip::Compression method) {
    const tests::ScratchFolder folder;
    convert::ConvertOptions options;
    options.compression = method;
    convert_to(folder / "a.zip", options);
    return read_file(folder / "a.zip");
}

std::string answer_to_query(const ArchiveReader& archive) {
    archive::Database database = archive.open_database();
    archive::Query rows =
        database.prepare("SELECT idx, size, start_time, end_time, callstack FROM allocs ORDER BY idx");
    std::string text;
    while (rows.next()) {
        for (int column = 0; column < rows.column_count(); ++column) {
            text.append(rows.text(column)).push_back('|');
        }
    }
    return text;
}

std::string answer_to_summary(const ArchiveReader& archive) {
    report::Summary summary;
    summary.archives.push_back(analysis::summarize(archive, {}));
    summary.archives.back().archive = "a";
    return render::summary_json(summary);
}

std::string answer_to_info(const ArchiveReader& archive) {
    report::ArchiveInfo info = archive::describe_archive(archive);
    info.path = "a";
    return render::info_json(info);
}

std::string bytes_of_entries(const ArchiveReader& archive) {
    std::string text;
    for (const char* name : {"allocations.json", "elements.db"}) text += tests::text_of(*archive.entry(name));
    return text;
}

struct Question {
    const char* name;
    std::string (*ask)(const ArchiveReader&);
};
constexpr std::array k_questions{
    Question{"query", answer_to_query},
    Question{"summary", answer_to_summary},
    Question{"info", answer_to_info},
    Question{"extract", bytes_of_entries},
};

// The result of a question: the answer, or the error that ends the program with exit code 3.
struct Outcome {
    std::optional<std::string> answer;
    std::optional<InputError> error;
    bool is_raw = false;  // no longer an archive; the program would try to convert it
    bool is_other_table =
        false;  // the SQL of the user names a table or column that does not exist: exit code 2
};

Outcome outcome_of(const std::string& path, const Question& question) {
    Outcome outcome;
    try {
        const ArchiveReader archive = archive::open_archive(path);
        outcome.is_raw = archive.kind() == archive::ArchiveKind::raw_snapshot;
        if (!outcome.is_raw) outcome.answer = question.ask(archive);
    } catch (const InputError& error) {
        CHECK(error.file().starts_with(path));
        CHECK_FALSE(error.message().empty());
        outcome.error = error;
    } catch (const archive::StatementError&) {
        CHECK(question.ask == answer_to_query);
        outcome.is_other_table = true;
    }
    return outcome;
}

bool passes_verify(const std::string& path) {
    try {
        return archive::verify_archive(path).ok();
    } catch (const InputError&) {  // not an archive at all
        return false;
    }
}

// Which bytes of an archive have checksums: all in chunks, only entries as a whole, or none.
enum class Checked { all, as_a_whole, none };

class Examination {
public:
    Examination(const std::string& path, Checked checked) : m_checked(checked) {
        REQUIRE(passes_verify(path));
        for (const Question& question : k_questions) {
            m_right[question.name] = outcome_of(path, question).answer.value();
        }
    }

    // Checks a damaged archive at `path`, whose damaged file has `size` bytes. `is_cut`: bytes at its end are
    // missing. `is_plain_manifest`: the damage is in the manifest of a folder, whose names and labels have no
    // checksum.
    void examine(const std::string& path, std::size_t size, bool is_cut, bool is_plain_manifest = false) {
        const bool verified = passes_verify(path);
        CHECK_FALSE((verified && is_cut));
        m_found += verified ? 0 : 1;
        for (const Question& question : k_questions) {
            INFO(question.name);
            const Outcome outcome = outcome_of(path, question);
            const bool is_right = outcome.answer == m_right[question.name];
            if (verified && !(is_plain_manifest && question.ask == answer_to_info)) CHECK(is_right);
            if (is_cut) CHECK_FALSE(outcome.answer.has_value());
            if (m_checked == Checked::none) continue;
            if (outcome.answer) CHECK(is_right);
            CHECK_FALSE(outcome.is_other_table);
            if (m_checked == Checked::all && outcome.error) {
                REQUIRE(outcome.error->offset().has_value());
                CHECK(*outcome.error->offset() <= size);
            }
        }
    }
    [[nodiscard]] std::size_t found() const { return m_found; }

private:
    Checked m_checked;
    std::map<std::string, std::string> m_right;
    std::size_t m_found = 0;
};

void examine_damaged_zips(const std::string& good, Checked checked) {
    const MemoryFile whole(good);
    Examination examination(whole.path(), checked);
    const std::vector<std::size_t> chosen = places(good.size(), k_positions_of_archive);
    const auto examine = [&](const std::string& bytes) {
        const MemoryFile file(bytes);
        examination.examine(file.path(), bytes.size(), bytes.size() < good.size());
    };
    for (const std::size_t at : chosen) {
        INFO("byte " << at << " of " << good.size());
        examine(cut(good, at));
        examine(one_bit_flipped(good, at));
        examine(all_bits_flipped(good, at));
    }
    CHECK(examination.found() > 2 * chosen.size());
    if (!is_sanitized()) CHECK(peak_memory_kib() <= k_memory_kib);
}

void examine_damaged_folder(const std::string& folder) {
    Examination examination(folder, Checked::none);
    for (const std::string_view name : {"manifest.json", "elements.db", "allocations.json"}) {
        const std::string path = folder + "/" + std::string(name);
        const std::string good = read_file(path);
        const auto examine = [&](const std::string& bytes) {
            write_file(path, bytes);
            examination.examine(folder, good.size(), bytes.size() < good.size(), name == "manifest.json");
        };
        // The line feed at the end of the manifest has no meaning.
        for (const std::size_t at : places(good.find_last_not_of('\n') + 1, k_positions_of_file)) {
            INFO("byte " << at << " of " << name);
            examine(cut(good, at));
            examine(one_bit_flipped(good, at));
            examine(all_bits_flipped(good, at));
        }
        write_file(path, good);
    }
    CHECK(examination.found() > k_positions_of_file / sample_divisor());
}

}  // namespace

TEST_CASE("a deflate archive with a cut or changed byte gives the right answer or the offset of the damage") {
    examine_damaged_zips(converted(zip::Compression::deflate), Checked::all);
}

TEST_CASE("a zstd archive with a cut or changed byte gives the right answer or the offset of the damage") {
    examine_damaged_zips(converted(zip::Compression::zstd), Checked::all);
}

TEST_CASE("a stored archive with a cut or changed byte gives the right answer or the offset of the damage") {
    examine_damaged_zips(converted(zip::Compression::store), Checked::all);
}

TEST_CASE("a zip of SnapViewer with a cut or changed byte gives the right answer or is refused") {
    examine_damaged_zips(tests::snapviewer_zip(), Checked::as_a_whole);
}

TEST_CASE("a stored zip of SnapViewer with a cut or changed byte never passes verify with another answer") {
    examine_damaged_zips(
        tests::zip_bytes({tests::stored("allocations.json", tests::k_snapviewer_timeline),
                          tests::stored("elements.db", tests::database_bytes(tests::k_snapviewer_sql))}),
        Checked::none);
}

TEST_CASE("a folder with a cut or changed byte never passes verify with another answer") {
    const tests::ScratchFolder folder;
    convert::ConvertOptions options;
    options.layout = convert::Layout::directory;
    convert_to(folder / "ours", options);
    examine_damaged_folder(folder / "ours");
}
