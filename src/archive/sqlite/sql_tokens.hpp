// Reads SQL token by token, exactly as far as is needed to tell words from comments, texts and quoted names.
#pragma once

#include <string>
#include <string_view>

namespace snapq::archive::sqlite {

// Removes the first token from `sql` and returns it; empty at the end. A token is a word or number, a text or
// a quoted name with its quotes, or any other single character. White space and comments are passed over. As
// SQLite does, it takes a byte order mark for white space, and the text ends at a NUL.
[[nodiscard]] std::string_view take_token(std::string_view& sql);

// A letter, digit, underscore or dollar sign begins it, or a byte beyond ASCII.
[[nodiscard]] bool is_word(std::string_view token);

// Whether it can stand where SQL expects a name: a word, or a name in any of the four kinds of quotes.
[[nodiscard]] bool is_name(std::string_view token);

// The name without its quotes.
[[nodiscard]] std::string name_in(std::string_view token);

// ASCII letters are equal in both cases, as in SQLite's names and keywords.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace snapq::archive::sqlite
