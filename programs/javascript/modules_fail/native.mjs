export const before = 1;
export const uri = decodeURIComponent("%"); // probe: uri
