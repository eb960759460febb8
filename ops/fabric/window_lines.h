// The lines of a map that windows are read from, and the walk through the windows.
#ifndef SAPM_WINDOW_LINES_H_
#define SAPM_WINDOW_LINES_H_

#include "integers.h"
#include "packed.h"
#include "scan.h"

namespace sapm {

// A cyclic buffer of lines of the map, `stride` more than a window has rows, so that lines enter while others are read; and
// the walk through the windows of the zero-padded map, a word in each cycle. A word has `simd` input channels of `rows`
// rows of the kernel. A set of `interleave` windows of a row is read at once, a word of each in turn, and each set again for
// every group of output channels; windows beyond the row's end are void. A row is read once its lines have arrived.
//
// A beat holds `simd` channels, or, where these do not divide the channels, the whole pixel. Places within a line are
// counted in words. Where kernel and stride are 1, a line is a pixel.
template <class input_T, typename CONFIG_T> class WindowLines {
  public:
    static const int kernel = CONFIG_T::kernel;
    static const int stride = CONFIG_T::stride;
    static const bool by_pixel = kernel == 1 && stride == 1;
    static const int words = (CONFIG_T::in_channels + CONFIG_T::simd - 1) / CONFIG_T::simd; // of a pixel
    static const int beats = CONFIG_T::in_channels / input_T::size;                         // of a pixel
    static const int slots = kernel + stride;
    static const int lanes = CONFIG_T::rows * CONFIG_T::simd;
    typedef Packed<input_T> packed_T;
    typedef typename packed_T::word_T memory_T[slots][(by_pixel ? 1 : CONFIG_T::max_width) * beats];
    typedef typename input_T::value_type elements_T[lanes];
    typedef typename counter<CONFIG_T::interleave>::type phase_T;
    typedef typename counter<CONFIG_T::out_channels / CONFIG_T::pe>::type group_T;

    static_assert(by_pixel || beats == words, "only a pixel may have more lanes than words");

    // A map of `height` rows and `width` columns.
    WindowLines(int height, int width)
        : height_(height), width_(width), end_((by_pixel ? 1 : width) * beats), arrivals_(height, width * beats),
          write_slot_(0), write_place_(0), reach_(before), top_(-before), top_slot_(before == 0 ? 0 : slots - before),
          left_(-before), start_(-before * words), place_(-before * words), phase_(0), offset_(0), channel_(0), tap_row_(0),
          tap_column_(0), group_(0) {}

    // Every window is read, and the rest of the map taken.
    bool is_done() const { return top_ + before >= height_ && arrivals_.done(); }
    bool has_room() const { return reach_ < slots && !arrivals_.done(); }
    // The word of this cycle can be read.
    bool is_ready() const { return top_ + before < height_ && (reach_ >= kernel || arrivals_.done()); }

    group_T group() const { return group_; }
    phase_T phase() const { return phase_; }
    bool starts_window() const { return channel_ == 0 && tap_row_ == 0 && tap_column_ == 0; }
    bool ends_window() const {
        return channel_ == last_channel && tap_row_ == kernel - CONFIG_T::rows && tap_column_ == kernel - 1;
    }
    bool is_void() const { return CONFIG_T::interleave > 1 && start_ + offset_ + before * words >= end_; }

    // Stores the next beat of the map.
    void take(memory_T &memory, const input_T &beat) {
        #pragma HLS INLINE
        memory[write_slot_][write_place_] = packed_T::pack(beat);
        const bool complete = write_place_ == end_ - 1;
        write_place_ = complete ? 0 : int(write_place_ + 1);
        if (complete) {
            write_slot_ = wrapped(write_slot_ + 1);
            reach_ = reach_ + 1;
        }
        arrivals_.next();
    }

    // The word of this cycle, rows one after the other. Every line is read at one place, and then the rows are chosen: a line
    // that is chosen first would have to be read by every row.
    void read(const memory_T &memory, elements_T &elements) const {
        #pragma HLS INLINE
        const place_T place = place_ + offset_;
        const bool within = by_pixel || (place >= 0 && place < end_);
        const place_T address = within && !(by_pixel && beats == 1) ? place : place_T(0);
        typename packed_T::seen_T seen[slots];
        #pragma HLS ARRAY_PARTITION variable = seen complete
    Slots:
        for (int slot = 0; slot < slots; slot++) {
            #pragma HLS UNROLL
            seen[slot] = packed_T::read(memory[slot][address]);
        }
    Rows:
        for (int side = 0; side < CONFIG_T::rows; side++) {
            #pragma HLS UNROLL
            const slot_T tap = tap_row_ + side;
            const row_T row = top_ + tap;
            const bool inside = within && row >= 0 && row < height_;
            const input_T &beat = packed_T::unpack(seen[wrapped(top_slot_ + tap)]);
        Lanes:
            for (int lane = 0; lane < CONFIG_T::simd; lane++) {
                #pragma HLS UNROLL
                const int channel = beats == words ? lane : int(channel_ + lane);
                elements[side * CONFIG_T::simd + lane] = typename input_T::value_type(0);
                if (inside && channel < int(input_T::size))
                    elements[side * CONFIG_T::simd + lane] = beat[channel];
            }
        }
    }

    // Goes on to the next word: of the next window in turn, of the tap, of the next tap, for the next group, of the next set.
    void next() {
        #pragma HLS INLINE
        const bool last_phase = phase_ == CONFIG_T::interleave - 1;
        const bool ends_tap = last_phase && channel_ == last_channel;
        const bool ends_row = ends_tap && tap_column_ == kernel - 1;
        const bool ends_reading = ends_row && tap_row_ == kernel - CONFIG_T::rows;
        const bool ends_set = ends_reading && group_ == CONFIG_T::out_channels / CONFIG_T::pe - 1;
        const bool ends_line = ends_set && left_ + CONFIG_T::interleave * stride + before >= width_;

        if (ends_line || by_pixel && ends_set)
            start_ = -before * words;
        else if (ends_set)
            start_ = start_ + CONFIG_T::interleave * stride * words;
        if (ends_row)
            place_ = start_;
        else if (last_phase)
            place_ = place_ + 1;

        phase_ = last_phase ? 0 : int(phase_ + 1);
        offset_ = last_phase ? 0 : int(offset_ + stride * words);
        if (last_phase)
            channel_ = ends_tap ? 0 : int(channel_ + CONFIG_T::simd);
        if (ends_tap)
            tap_column_ = ends_row ? 0 : int(tap_column_ + 1);
        if (ends_row)
            tap_row_ = ends_reading ? 0 : int(tap_row_ + CONFIG_T::rows);
        if (ends_reading)
            group_ = ends_set ? 0 : int(group_ + 1);
        if (ends_set)
            left_ = ends_line ? -before : int(left_ + CONFIG_T::interleave * stride);
        if (ends_line)
            top_ = top_ + stride;
        if (by_pixel ? ends_set : ends_line) {
            top_slot_ = wrapped(top_slot_ + stride);
            reach_ = reach_ - stride;
        }
    }

  private:
    static const int before = (kernel - 1) / 2; // taps before a window's centre

    // Beyond the map lie the padding and windows that are void.
    static const int beyond = 2 * kernel + CONFIG_T::interleave * stride;
    typedef typename counter<CONFIG_T::max_height + beyond>::type row_T;
    typedef typename counter<CONFIG_T::max_width + beyond>::type column_T;
    typedef typename counter<(CONFIG_T::max_width + beyond) * words>::type place_T;
    typedef typename counter<2 * slots>::type slot_T;
    typedef typename counter<words * CONFIG_T::simd>::type channel_T;
    static const int last_channel = (words - 1) * CONFIG_T::simd;

    static slot_T wrapped(slot_T slot) { return slot >= slots ? slot_T(slot - slots) : slot; }

    row_T height_;
    column_T width_;
    place_T end_; // words of a line
    Scan<CONFIG_T::max_height, CONFIG_T::max_width * beats> arrivals_;
    slot_T write_slot_; // where the next beat goes
    place_T write_place_;
    slot_T reach_; // lines that have arrived from the window's first row on, padding above the map included
    row_T top_;    // row of the map of the window's first, and where it lies
    slot_T top_slot_;
    column_T left_;         // column of the first window of the set
    place_T start_, place_; // its place, and that of the word in its window
    phase_T phase_;
    place_T offset_;    // of the window in turn from the first
    channel_T channel_; // first input channel of the word
    slot_T tap_row_, tap_column_;
    group_T group_;
};

} // namespace sapm

#endif
