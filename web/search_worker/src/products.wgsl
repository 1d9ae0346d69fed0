// The products of a query with every row of a table, in whole numbers: each invocation adds up one row's.

// [n_words, n]: four codes of 8 bits a word, the first one lowest; a word of one row stands beside that of the next.
@group(0) @binding(0) var<storage, read> words: array<u32>;
// [n_words]: the query's four values for each word.
@group(0) @binding(1) var<storage, read> query: array<vec4<i32>>;
// Rows, and words of a row.
@group(0) @binding(2) var<uniform> sizes: vec2<u32>;
// [n].
@group(0) @binding(3) var<storage, read_write> products: array<i32>;

@compute @workgroup_size(256)
fn multiply(@builtin(global_invocation_id) invocation: vec3<u32>) {
    let row = invocation.x;
    if row >= sizes.x {
        return;
    }
    var sum = 0;
    for (var word = 0u; word < sizes.y; word += 1u) {
        // As a number with a sign: what is extracted keeps it.
        let codes = vec4(bitcast<i32>(words[word * sizes.x + row]));
        let four = vec4(
            extractBits(codes.x, 0u, 8u),
            extractBits(codes.y, 8u, 8u),
            extractBits(codes.z, 16u, 8u),
            extractBits(codes.w, 24u, 8u),
        );
        sum += dot(four, query[word]);
    }
    products[row] = sum;
}
