declare const brand: unique symbol;

/** A value that may not be mixed with another of the same shape. Values enter at the edges, by a cast with a reason. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
