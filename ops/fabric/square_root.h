// The integer square root, one binary digit of the root a step, without a multiplier.
#ifndef SAPM_SQUARE_ROOT_H_
#define SAPM_SQUARE_ROOT_H_

#include "integers.h"

namespace sapm {

// floor(sqrt(value)) of an integer below 2^WIDTH; the root has (WIDTH + 1) / 2 bits.
template <int WIDTH> typename word<WIDTH + 2>::type integer_square_root(typename word<WIDTH + 2>::type value) {
    #pragma HLS INLINE
    typedef typename word<WIDTH + 2>::type number_T;
    number_T rest = value;
    number_T root = 0;
Digits:
    for (int digit = (WIDTH + 1) / 2 - 1; digit >= 0; digit--) {
        #pragma HLS UNROLL
        const number_T square = number_T(1) << (2 * digit);
        const number_T trial = root + square;
        root = root >> 1;
        if (rest >= trial) {
            rest = rest - trial;
            root = root + square;
        }
    }
    return root;
}

} // namespace sapm

#endif
