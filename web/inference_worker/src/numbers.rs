//! Rows of numbers as bytes, little end first: JSON would take ten times the time.

use crate::message::MessageError;

/// The bytes of a row.
pub(crate) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The row of some bytes.
///
/// # Errors
///
/// If they are not those of `n_values`.
pub(crate) fn from_bytes(bytes: &[u8], n_values: usize) -> Result<Vec<f32>, MessageError> {
    let (values, rest) = bytes.as_chunks::<4>();
    if values.len() != n_values || !rest.is_empty() {
        return Err(MessageError::Bytes { expected: n_values * 4, got: bytes.len() });
    }
    Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_others_are_refused() {
        let row = [0.0, -1.5, f32::MIN_POSITIVE];
        assert_eq!(from_bytes(&to_bytes(&row), 3).unwrap(), row);
        assert!(from_bytes(&to_bytes(&row), 2).is_err());
        assert!(from_bytes(&[0; 11], 2).is_err());
    }
}
