const devices = [];
let nTasks = 0;
addEventListener('message', ({ data }) => {
    nTasks += Number('TASK' in JSON.parse(data[0]));
    if (nTasks === 2) devices.forEach((device) => device.destroy());
});
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...how) {
    devices.push(await request.apply(this, how));
    return devices.at(-1);
};
