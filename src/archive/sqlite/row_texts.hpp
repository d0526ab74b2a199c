// How long the texts in the rows of a new database may be.
//
// A snapshot can refer to a text or a stack with two bytes, but an archive has the whole text in each row.
// The bytes of these rows are charged to the text budget of the input (snapshot::TextBudget). As long as a
// quarter of the budget is left, texts stay whole, as in all archives of real snapshots. After that they are
// cut to 1 KiB, so that there is room for the short texts of later tables, and to 128 bytes when the budget
// is used up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "snapshot/text_budget.hpp"
#include "support/text.hpp"

namespace snapq::archive::sqlite {

// One thread at a time.
class RowTexts {
public:
    static constexpr std::size_t k_cut = std::size_t{1} << 10;
    static constexpr std::size_t k_shortest_cut = 128;

    // `budget` must outlive the object.
    explicit RowTexts(snapshot::TextBudget& budget)
        : m_budget(budget), m_whole_until(budget.written() + budget.left_to_write() / 4 * 3) {}

    // Bytes of the longest text that a row may get now.
    [[nodiscard]] std::size_t longest() const {
        if (is_used_up()) return k_shortest_cut;
        return m_budget.written() <= m_whole_until ? std::string_view::npos : k_cut;
    }
    [[nodiscard]] bool is_used_up() const { return m_budget.left_to_write() == 0; }

    // Charges and returns the text. A text that is longer than `longest` is cut to its beginning, and the cut
    // is counted.
    [[nodiscard]] std::string_view fit(std::string_view text) {
        if (text.size() > k_shortest_cut && text.size() > longest()) text = cut(text);
        charge(text.size());
        return text;
    }
    // Charges bytes of a row that are not text.
    void charge(std::uint64_t bytes) { m_budget.charge_written(bytes); }
    // Counts a text that the caller has cut.
    void count_cut() { ++m_cut; }

    [[nodiscard]] std::int64_t cut_texts() const { return m_cut; }

private:
    [[nodiscard]] std::string_view cut(std::string_view text) {
        count_cut();
        std::size_t length = longest();
        while (length > 0 && continues_character(text[length])) --length;
        return text.substr(0, length);
    }

    snapshot::TextBudget& m_budget;
    std::uint64_t m_whole_until;
    std::int64_t m_cut = 0;
};

}  // namespace snapq::archive::sqlite
