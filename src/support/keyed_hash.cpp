#include "support/keyed_hash.hpp"

#include <bit>
#include <cstddef>
#include <random>

#include "support/numbers.hpp"

namespace snapq {
namespace {

std::uint64_t random_word(std::random_device& random) {
    return std::uint64_t{random()} << 32U | random();
}

// The four words that each round mixes.
class SipState {
public:
    SipState(std::uint64_t first_key, std::uint64_t second_key)
        : m_a(first_key ^ 0x736f6d6570736575ULL),
          m_b(second_key ^ 0x646f72616e646f6dULL ^ 0xeeULL),  // 0xee: 128 bits are wanted
          m_c(first_key ^ 0x6c7967656e657261ULL),
          m_d(second_key ^ 0x7465646279746573ULL) {}

    void add(std::uint64_t word) {
        m_d ^= word;
        mix(2);
        m_a ^= word;
    }
    Hash128 finish() {
        m_c ^= 0xeeU;
        mix(4);
        const std::uint64_t low = m_a ^ m_b ^ m_c ^ m_d;
        m_b ^= 0xddU;
        mix(4);
        return {low, m_a ^ m_b ^ m_c ^ m_d};
    }

private:
    void mix(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            m_a += m_b;
            m_b = std::rotl(m_b, 13) ^ m_a;
            m_a = std::rotl(m_a, 32);
            m_c += m_d;
            m_d = std::rotl(m_d, 16) ^ m_c;
            m_a += m_d;
            m_d = std::rotl(m_d, 21) ^ m_a;
            m_c += m_b;
            m_b = std::rotl(m_b, 17) ^ m_c;
            m_c = std::rotl(m_c, 32);
        }
    }

    std::uint64_t m_a;
    std::uint64_t m_b;
    std::uint64_t m_c;
    std::uint64_t m_d;
};

}  // namespace

KeyedHash::KeyedHash() : m_first(0), m_second(0) {
    std::random_device random;
    m_first = random_word(random);
    m_second = random_word(random);
}

Hash128 KeyedHash::operator()(std::string_view bytes) const {
    constexpr std::size_t k_word_bytes = sizeof(std::uint64_t);
    SipState state(m_first, m_second);
    const std::uint64_t size = bytes.size();
    for (; bytes.size() >= k_word_bytes; bytes.remove_prefix(k_word_bytes))
        state.add(load_le<std::uint64_t>(bytes.data()));
    state.add(size << 56U | load_le(bytes.data(), bytes.size()));
    return state.finish();
}

}  // namespace snapq
