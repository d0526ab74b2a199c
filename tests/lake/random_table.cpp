// Writes a random table as a Parquet file, and its rows as JSON for a comparison with what readers find.
//
//   random_table SEED FILE.parquet FILE.json
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <vector>

#include "io/output_file.hpp"
#include "json/writer.hpp"
#include "parquet/writer.hpp"
#include "support/random.hpp"
#include "support/text.hpp"

namespace {

using namespace snapq;

// Values of one column: how many different ones, how often NULL, how long texts are.
class RandomColumn {
public:
    RandomColumn(tests::Random& random, std::size_t number) : m_random(random) {
        constexpr parquet::Type k_types[] = {parquet::Type::integer, parquet::Type::text, parquet::Type::real,
                                             parquet::Type::timestamp};
        m_column = {fmt::format("column {}", number), k_types[random.below(4)]};
        m_nulls = random.below(3) == 0 ? 0 : random.below(11);
        m_different = 1U << random.below(18);
        m_longest = random.below(10) == 0 ? 1U << 20U : 1U << random.below(9);
    }

    [[nodiscard]] const parquet::Column& column() const { return m_column; }

    // Adds a value to the file, and its JSON to the row.
    void add(parquet::Writer& writer, std::string& json) {
        if (m_random.below(10) < m_nulls) {
            writer.add_null();
            json += "null";
            return;
        }
        switch (m_column.type) {
            case parquet::Type::text: add_text(writer, json); return;
            case parquet::Type::real: add_real(writer, json); return;
            case parquet::Type::integer:
            case parquet::Type::timestamp: add_integer(writer, json); return;
        }
    }

private:
    // The same for the same number below m_different.
    [[nodiscard]] tests::Random value_engine() {
        return tests::Random(m_random.below(m_different) + m_different);
    }

    void add_integer(parquet::Writer& writer, std::string& json) {
        tests::Random engine = value_engine();
        std::int64_t value = static_cast<std::int64_t>(engine.word()) >> engine.below(64);
        if (m_column.type == parquet::Type::timestamp)
            value %= std::int64_t{1} << 52U;  // years that readers know
        else if (engine.below(20) == 0)
            value = std::numeric_limits<std::int64_t>::min();
        else if (engine.below(20) == 0)
            value = std::numeric_limits<std::int64_t>::max();
        writer.add(value);
        json += fmt::format("\"{}\"", value);
    }

    void add_real(parquet::Writer& writer, std::string& json) {
        tests::Random engine = value_engine();
        double value =
            std::ldexp(static_cast<double>(engine.word() >> 12U), static_cast<int>(engine.below(200)) - 100);
        if (engine.below(2) == 0) value = -value;
        writer.add(value);
        json += fmt::format("{{\"real\":\"{:.17g}\"}}", value);
    }

    void add_text(parquet::Writer& writer, std::string& json) {
        tests::Random engine = value_engine();
        std::string text(engine.below(m_longest), '\0');
        for (char& byte : text)
            byte = static_cast<char>(engine.below(4) == 0 ? engine.below(256) : 'a' + engine.below(26));
        writer.add(text);
        json::append_json_string(json, text);
    }

    tests::Random& m_random;
    parquet::Column m_column;
    std::uint32_t m_nulls = 0;      // of ten
    std::uint32_t m_different = 1;  // values
    std::uint32_t m_longest = 1;    // bytes of a text
};

void write_table(std::uint32_t seed, const std::string& parquet_path, const std::string& json_path) {
    tests::Random random(seed);
    std::vector<RandomColumn> columns;
    std::vector<parquet::Column> names;
    for (std::size_t i = 0; i < 1 + random.below(8); ++i) {
        columns.emplace_back(random, i);
        names.push_back(columns.back().column());
    }
    io::OutputFile table(parquet_path, true);
    io::OutputFile json(json_path, true);
    parquet::Writer writer(table, names, {.created_by = "snapq test"});
    const std::uint32_t rows = random.below(1U << random.below(17));
    std::size_t bytes = 0;
    for (std::uint32_t row = 0; row < rows && bytes < (std::size_t{20} << 20U); ++row) {
        std::string line = "[";
        for (RandomColumn& column : columns) {
            if (line.size() > 1) line += ',';
            column.add(writer, line);
        }
        writer.end_row();
        if (random.below(5'000) == 0) writer.flush();
        json.write(line += "]\n");
        bytes += line.size();
    }
    writer.finish();
    table.commit();
    json.commit();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "random_table SEED FILE.parquet FILE.json\n");
        return 2;
    }
    try {
        write_table(static_cast<std::uint32_t>(std::stoul(arguments[1])), arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "random_table: {}\n", error.what());
        return 1;
    }
    return 0;
}
