window.Worker = class extends Worker {
    constructor(url, options) {
        const isIt = String(url).includes('NAME');
        super(isIt ? `way.js?of=${encodeURIComponent(url)}` : url, options);
    }
};
