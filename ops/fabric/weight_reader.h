// The weights of a convolution array, word after word in the order in which they are used.
#ifndef SAPM_WEIGHT_READER_H_
#define SAPM_WEIGHT_READER_H_

#include "integers.h"

namespace sapm {

// weights: (word, lane, term), what the lanes take in one cycle in one word.
template <class weights_T> struct Words;
template <class element_T, int WORDS, int LANES, int TERMS> struct Words<element_T[WORDS][LANES][TERMS]> {
    typedef element_T lane_type[TERMS];
    static const int words = WORDS;
    static const int lanes = LANES;
    static const int terms = TERMS;
};

// What LANES lanes take serves INTERLEAVE windows, one after the other. Meanwhile what they take next is read in parts, as many
// or, where there are not so many lanes, fewer. Each part is a word of the memory, which is narrower and deeper for it.
template <class weights_T, int LANES, int INTERLEAVE> class WeightReader {
  public:
    typedef typename Words<weights_T>::lane_type lane_T;

    WeightReader() : address_(0) {
        #pragma HLS ARRAY_PARTITION variable = held_ complete dim = 0
        #pragma HLS ARRAY_PARTITION variable = coming_ complete dim = 0
    }

    // Reads what the first window takes.
    void fill(const weights_T &weights) {
        #pragma HLS INLINE
    Fill:
        for (int index = 0; index < parts; index++) {
            #pragma HLS PIPELINE II = 1
            read_part(weights, index);
        }
    }

    // A cycle, after which `lane` gives the weights for it.
    void step(const weights_T &weights, int phase) {
        #pragma HLS INLINE
        if (phase == 0) {
        Hold:
            for (int lane = 0; lane < LANES; lane++) {
                #pragma HLS UNROLL
                copy(held_[lane], coming_[lane]);
            }
        }
        if (phase < parts)
            read_part(weights, phase);
    }

    const lane_T &lane(const weights_T &, int lane) const {
        #pragma HLS INLINE
        return held_[lane];
    }

  private:
    static const int part = Words<weights_T>::lanes;
    static const int parts = (LANES + part - 1) / part;
    static_assert(parts <= INTERLEAVE, "all parts must be read in as many steps");

    static void copy(lane_T &to, const lane_T &from) {
        #pragma HLS INLINE
        for (int term = 0; term < Words<weights_T>::terms; term++) {
            #pragma HLS UNROLL
            to[term] = from[term];
        }
    }

    void read_part(const weights_T &weights, int index) {
        #pragma HLS INLINE
    Part:
        for (int lane = 0; lane < part; lane++) {
            #pragma HLS UNROLL
            copy(coming_[index * part + lane], weights[address_][lane]);
        }
        address_ = address_ == Words<weights_T>::words - 1 ? 0 : int(address_ + 1);
    }

    lane_T held_[LANES];
    lane_T coming_[parts * part];
    typename counter<Words<weights_T>::words>::type address_;
};

// Windows that are not interleaved: a word is read when it is used.
template <class weights_T, int LANES> class WeightReader<weights_T, LANES, 1> {
  public:
    typedef typename Words<weights_T>::lane_type lane_T;

    WeightReader() : address_(Words<weights_T>::words - 1) {}

    void fill(const weights_T &) {
        #pragma HLS INLINE
    }

    void step(const weights_T &, int) {
        #pragma HLS INLINE
        address_ = address_ == Words<weights_T>::words - 1 ? 0 : int(address_ + 1);
    }

    const lane_T &lane(const weights_T &weights, int lane) const {
        #pragma HLS INLINE
        return weights[address_][lane];
    }

  private:
    typename counter<Words<weights_T>::words>::type address_;
};

// Where weights lie: in a memory of the tool's choice, or in block memories.
template <bool IN_BLOCKS> struct WeightMemory {
    template <class weights_T> static void place(const weights_T &weights) {
        #pragma HLS INLINE
        #pragma HLS ARRAY_RESHAPE variable = weights complete dim = 2
        #pragma HLS ARRAY_RESHAPE variable = weights complete dim = 3
    }
};
template <> struct WeightMemory<true> {
    template <class weights_T> static void place(const weights_T &weights) {
        #pragma HLS INLINE
        #pragma HLS ARRAY_RESHAPE variable = weights complete dim = 2
        #pragma HLS ARRAY_RESHAPE variable = weights complete dim = 3
        #pragma HLS BIND_STORAGE variable = weights type = rom_1p impl = bram
    }
};

} // namespace sapm

#endif
