import { NagPack } from 'cdk-nag';
export class HouseRules extends NagPack {
  constructor(scope: any) { super(scope); this.packName = 'Orchestra'; (this as any).name = 'Orchestra'; }
  checkResource() {}
}
