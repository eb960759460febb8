// Requant: the only place where a value is rounded or clipped.
#ifndef SAPM_REQUANT_H_
#define SAPM_REQUANT_H_

#include "elementwise.h"

namespace sapm {

// saturate((x + 2^(shift - 1)) >> shift); a negative shift is a left shift.
template <class input_T, class output_T, typename CONFIG_T> struct Rounding {
    static const int right = CONFIG_T::shift > 0 ? CONFIG_T::shift : 0;
    static const int left = CONFIG_T::shift < 0 ? -CONFIG_T::shift : 0;
    static const int widest = input_T::width > output_T::width ? input_T::width : output_T::width;
    static const int farthest = right > left ? right : left;
    static const int bits = (widest > farthest ? widest : farthest) + 2;
    typedef typename integer<bits>::type integer_T;
    typedef typename word<bits>::type word_T;

    static output_T apply(const input_T &x) {
        #pragma HLS INLINE
        const integer_T one = 1;
        // The clipping bounds on the grid before a left shift, so that nothing grows beyond the input's width.
        const integer_T high = ((one << (CONFIG_T::width - CONFIG_T::is_signed)) - 1) >> left;
        const integer_T low = CONFIG_T::is_signed ? integer_T(-((one << (CONFIG_T::width - 1)) >> left)) : integer_T(0);
        const integer_T half = (one << right) >> 1;
        const integer_T rounded = right > 0 ? integer_T((to_integer<bits>(x) + half) >> right) : to_integer<bits>(x);
        if (rounded > high)
            return output_T((one << (CONFIG_T::width - CONFIG_T::is_signed)) - 1);
        if (rounded < low)
            return output_T(CONFIG_T::is_signed ? integer_T(-(one << (CONFIG_T::width - 1))) : integer_T(0));
        return output_T(word_T(word_T(rounded) << left));
    }
};

template <class input_T, class output_T, typename CONFIG_T>
void requant(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    typedef Rounding<typename input_T::value_type, typename output_T::value_type, CONFIG_T> function_T;
    map_elements<function_T, input_T, output_T, CONFIG_T>(x, y, height, width);
}

} // namespace sapm

#endif
