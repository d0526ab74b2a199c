// A writer that looks at the first rows before it prints any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "render/row_writers.hpp"
#include "render/text_table.hpp"

namespace snapq::render {

// Keeps rows, as texts, until there are enough to tell widths and alignment; from then on hands each on at
// once.
class SampledWriter : public RowWriter {
public:
    static constexpr std::size_t k_sampled_rows = 1'000;
    static constexpr std::size_t k_sampled_bytes = std::size_t{1} << 20;

    void begin(const std::vector<std::string>& columns) final;
    void row(std::span<const report::Cell> cells) final;
    void end() final;

protected:
    explicit SampledWriter(std::string null_text) : m_null_text(std::move(null_text)) {}

    // The cell's text as it will be shown.
    [[nodiscard]] virtual std::string shown(const std::string& value) const = 0;
    // Each appends whole lines.
    virtual void append_head(std::string& to, const std::vector<TableColumn>& columns) = 0;
    virtual void append_row(std::string& to, const std::vector<std::string>& cells) = 0;
    virtual void append_end(std::string& to) = 0;
    virtual ByteSink& sink() = 0;

private:
    struct Seen {
        bool number = false;
        bool other = false;  // text or a blob
    };
    void flush_sample();
    void write_row(const std::vector<std::string>& cells);

    std::string m_null_text;
    std::vector<TableColumn> m_columns;
    std::vector<Seen> m_seen;
    std::vector<std::vector<std::string>> m_sample;
    std::size_t m_sample_bytes = 0;
    bool m_sampling = true;
    std::string m_text;
};

}  // namespace snapq::render
